namespace LatentSharp.Service.ModelFolders;

/// <summary>The pipelines of models that the program brings along. Their encoders serve no other model.</summary>
internal static class BuiltInPipelines
{
    /// <summary>The pipeline of this name; null for names of others.</summary>
    /// <exception cref="LatentSharpException">Its files cannot be unpacked.</exception>
    public static PipelineFacts? Find(AutoencoderLibrary library, string name, CancellationToken cancellationToken)
        => library.Models.FirstOrDefault(m => m.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } model
            ? Of(library, model, cancellationToken) : null;

    /// <summary>All of them.</summary>
    /// <exception cref="LatentSharpException">Their files cannot be unpacked.</exception>
    public static IEnumerable<PipelineFacts> All(AutoencoderLibrary library, CancellationToken cancellationToken)
        => library.Models.Select(m => Of(library, m, cancellationToken));

    private static PipelineFacts Of(AutoencoderLibrary library, BuiltInModel model, CancellationToken cancellationToken)
    {
        var pipelines = new Pipelines(ModelScan.Of(model.Folder(library.Home), cancellationToken: cancellationToken));
        (ModelFile file, ModelPart part) = pipelines.Models.First();
        PipelineFacts found = pipelines.Of(file, part);
        // Trained on the embedded autoencoder's latents, whatever the library's default is.
        PipelinePart[] parts = [.. found.Parts.Select(p => p.Part == "autoencoder"
            ? p with { Path = AutoencoderLibrary.EmbeddedName, Others = [], Fetch = null } : p)];
        return found with
        {
            Name = model.Name,
            Model = model.Name,
            Title = model.Title,
            Parts = parts,
            Complete = parts.All(p => p.Path is not null),
            Embedded = model.Knows,
        };
    }
}
