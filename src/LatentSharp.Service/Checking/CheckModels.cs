using LatentSharp.Service.ModelFolders;
using LatentSharp.Weights;

namespace LatentSharp.Service.Checking;

/// <summary>Says which autoencoder of a folder of models fits which checkpoint in it, and which checkpoints lack one.</summary>
public static class CheckModels
{
    /// <summary>Looks through the folder.</summary>
    /// <param name="library">Autoencoders that need no file fit too.</param>
    /// <param name="request">Which folder.</param>
    /// <param name="progress">Told which file is looked at.</param>
    /// <param name="cancellationToken">Ends it soon.</param>
    /// <exception cref="LatentSharpException">There is no such folder, or it holds no weights.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static CheckModelsResult Run(AutoencoderLibrary library, CheckModelsRequest request, IProgress<JobProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(library);
        ArgumentNullException.ThrowIfNull(request);
        IReadOnlyList<ModelFile> files = ModelScan.Of(request.Folder, ModelScan.Deepest, progress, cancellationToken);
        if (files.Count == 0)
            throw new LatentSharpException(ErrorKind.NotFound, request.Folder, "no file of weights lies in this folder or below it.",
                "Name the folder that the models lie in, such as models of ComfyUI or Forge.");
        (string Name, string Space)[] builtIn = [.. library.List().Where(e => e.Path is null).Select(e => (e.Name, e.Open().Space.Id))];
        CheckedModel[] models = [.. All(files, ModelPartKind.DiffusionModel).Select(m => Matched(m.File, m.Part, files, builtIn))];
        return new CheckModelsResult(Path.GetFullPath(request.Folder), files.Count,
            models.All(m => m.Fetch is null), models,
            [.. All(files, ModelPartKind.Autoencoder).Select(a => new CheckedAutoencoder(a.File.Name, a.Part.Model, a.Part.Title,
                a.Part.Space, a.Part.OtherSpaces, request.Deep ? NonFinite(a.File, cancellationToken) : null))],
            [.. All(files, ModelPartKind.Lora).Select(l => new CheckedLora(l.File.Name, l.Part.Model,
                [.. models.Where(m => Changes(l.Part.Model, m.Model)).Select(m => m.Name)]))],
            [.. files.Where(f => f.Problem is not null || f.Parts.Count == 0).Select(f => new UnusableFile(f.Name, f.Problem))]);
    }

    private static IEnumerable<(ModelFile File, ModelPart Part)> All(IReadOnlyList<ModelFile> files, ModelPartKind kind)
        => files.SelectMany(f => f.Parts.Where(p => p.Kind == kind).Select(p => (f, p)));

    private static CheckedModel Matched(ModelFile file, ModelPart model, IReadOnlyList<ModelFile> files,
        (string Name, string Space)[] builtIn)
    {
        FittingAutoencoder[] fitting = model.Space is not { } space ? []
            : [.. All(files, ModelPartKind.Autoencoder).Select(a => (a.File, Fit: Fit(a.File, a.Part, file, space)))
                .Where(a => a.Fit is not null).OrderBy(a => a.Fit).ThenBy(a => a.File.Parts.Count)
                .Select(a => new FittingAutoencoder(a.File.Name, a.Fit!.Value)),
                .. builtIn.Where(b => b.Space == space).Select(b => new FittingAutoencoder(b.Name, FittingKind.Preview))];
        bool found = fitting.Any(f => f.Fit != FittingKind.Preview);
        return new CheckedModel(file.Name, model.Model, model.Title, model.Space, fitting,
            found || model.Space is null ? null : PublishedPart.Autoencoder(LatentSpace.Find(model.Space)!));
    }

    private static FittingKind? Fit(ModelFile file, ModelPart autoencoder, ModelFile model, string space)
    {
        bool possible = autoencoder.OtherSpaces?.Contains(space) ?? false;
        if (!autoencoder.Decodes || autoencoder.Space != space && !possible) return null;
        if (file == model || file.Pipeline is not null && file.Pipeline == model.Pipeline) return FittingKind.Own;
        return autoencoder.OtherSpaces is not null ? FittingKind.Possible : autoencoder.Tiny ? FittingKind.Preview : FittingKind.Sure;
    }

    /// <summary>Whether a LoRA of one model changes another: variants of a model have its name in front of theirs.</summary>
    private static bool Changes(string? lora, string? model)
        => lora is not null && model is not null && (model == lora || model.StartsWith(lora + "-", StringComparison.Ordinal)
            || lora == "sd3" && model.StartsWith("sd35", StringComparison.Ordinal));

    private static long? NonFinite(ModelFile file, CancellationToken cancellationToken)
    {
        using Autoencoder autoencoder = Autoencoder.Open(file.Path);
        return NonFiniteWeights.Find(autoencoder.Weights, cancellationToken: cancellationToken).Sum(t => t.NaN + t.Infinite);
    }
}
