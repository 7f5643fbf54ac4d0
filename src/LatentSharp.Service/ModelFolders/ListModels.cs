namespace LatentSharp.Service.ModelFolders;

/// <summary>Says which models lie in folders, complete or not, and which part of which pipeline is missing.</summary>
public static class ListModels
{
    /// <summary>Looks through the folders.</summary>
    /// <param name="library">Its folders are looked through where none is named.</param>
    /// <param name="folders">The folders; none for those of the library, and what the program brings along.</param>
    /// <param name="progress">Told which file is looked at.</param>
    /// <param name="cancellationToken">Ends it soon.</param>
    /// <exception cref="LatentSharpException">A folder is not there, or none is named and none registered.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static ModelsResult Run(AutoencoderLibrary library, IReadOnlyList<string> folders, IProgress<JobProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(library);
        ArgumentNullException.ThrowIfNull(folders);
        string[] places = folders.Count > 0 ? [.. folders.Select(Path.GetFullPath)] : [.. ModelResolution.Folders(library)];
        PipelineFacts[] brought = folders.Count > 0 ? [] : [.. BuiltInPipelines.All(library, cancellationToken)];
        if (places.Length == 0 && brought.Length == 0)
            throw new LatentSharpException(ErrorKind.NotFound, "", "no folder is named, and none is registered.",
                new Remedy(RemedyKind.RegisterFolder, "Name the folder that the models lie in, or register it once and for all."));
        var files = new List<ModelFile>();
        foreach (string place in places) files.AddRange(ModelScan.Of(place, ModelScan.Deepest, progress, cancellationToken));
        var pipelines = new Pipelines(files);
        PipelineFacts[] here = [.. pipelines.Models.Select(m => pipelines.Of(m.File, m.Model)).OrderByDescending(p => p.Complete)];
        return new ModelsResult(places, [.. brought, .. here, .. PipelineKind.Known
            .Where(k => PipelineKind.Usual.Contains(k.Model) && !here.Any(h => h.Model == k.Model)).Select(pipelines.Missing)], files);
    }
}
