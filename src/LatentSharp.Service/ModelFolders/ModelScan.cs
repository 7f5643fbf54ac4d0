using LatentSharp.Autoencoders.Opening;
using LatentSharp.Service.Files;
using LatentSharp.Weights.Files;

namespace LatentSharp.Service.ModelFolders;

/// <summary>
/// Looks through a folder of models as ComfyUI, Forge, InvokeAI, diffusers or a cache of downloads lay it out, and names every part in it.
/// Only headers are read, so that a folder of a terabyte takes seconds.
/// </summary>
internal static class ModelScan
{
    /// <summary>How many folders below one another are looked through.</summary>
    public const int Deepest = 8;

    private const string PipelineIndex = "model_index.json", ShardIndex = ".safetensors.index.json";

    /// <summary>Everything in a folder and below it, in a stable order.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="depth">How many folders below one another are looked through; 0 for the folder alone.</param>
    /// <param name="progress">Told which file is looked at.</param>
    /// <param name="cancellationToken">Ends it after the file that is being looked at.</param>
    /// <exception cref="LatentSharpException">There is no such folder.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static IReadOnlyList<ModelFile> Of(string folder, int depth = Deepest, IProgress<JobProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        string root = Path.GetFullPath(folder);
        if (!Directory.Exists(root))
            throw new LatentSharpException(ErrorKind.NotFound, folder, File.Exists(root) ? "this is a file, not a folder." : "there is no such folder.",
                "Name the folder that the models lie in, such as models of ComfyUI or Forge.");
        var places = new List<(string Path, string? Pipeline)>();
        Walk(root, null, depth, new HashSet<string>(RealPath.Comparer), places);
        var found = new List<ModelFile>(places.Count);
        foreach ((string path, string? pipeline) in places)
        {
            cancellationToken.ThrowIfCancellationRequested();
            string name = Path.GetRelativePath(root, path) is var relative and not "." ? relative : Path.GetFileName(root);
            progress?.Report(new JobProgress((double)found.Count / places.Count, "", name, found.Count + 1, places.Count));
            if (ModelHeader.Of(path, name) is { } file) found.Add(file with { Pipeline = pipeline });
        }
        return found;
    }

    /// <summary>Whether a folder is a pipeline as diffusers writes them.</summary>
    public static bool IsPipeline(string folder) => File.Exists(Path.Combine(folder, PipelineIndex));

    // A link to a folder above would lead round in circles.
    private static void Walk(string folder, string? pipeline, int depth, HashSet<string> seen, List<(string, string?)> places)
    {
        if (depth < 0 || !seen.Add(RealPath.Of(folder))) return;
        string[] files, folders;
        try
        {
            files = Directory.GetFiles(folder);
            folders = Directory.GetDirectories(folder);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            return;
        }
        if (IsPipeline(folder)) pipeline = folder;
        bool component = WeightFiles.InFolder(folder) is not null;
        if (component || ModelHeader.IsTokenizer(folder)) places.Add((folder, pipeline));
        Array.Sort(files, StringComparer.Ordinal);
        foreach (string file in files)
            if (IsOne(file, component)) places.Add((file, pipeline));
        foreach (string below in folders.Order(StringComparer.Ordinal))
            if (!Path.GetFileName(below).StartsWith('.')) Walk(below, pipeline, depth - 1, seen, places);
    }

    // The index of a set stands for its files, the decoder of a pair for both; the files of a component stand for the folder.
    private static bool IsOne(string path, bool component)
    {
        string name = Path.GetFileName(path);
        if (name.StartsWith('.') || component && (name.StartsWith("diffusion_pytorch_model", StringComparison.Ordinal)
            || name.StartsWith("model", StringComparison.Ordinal) || name.StartsWith("pytorch_model", StringComparison.Ordinal))) return false;
        if (name.EndsWith(ShardIndex, StringComparison.OrdinalIgnoreCase)) return true;
        if (!WeightFileName.IsOne(path) || WeightFileName.HasOtherHalf(path, "_encoder", "_decoder")) return false;
        int of = name.IndexOf("-of-", StringComparison.Ordinal), number = of < 0 ? -1 : name.LastIndexOf('-', of - 1);
        return number < 0 || !File.Exists(Path.Combine(Path.GetDirectoryName(path)!, name[..number] + ShardIndex));
    }
}
