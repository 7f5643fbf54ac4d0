using LatentSharp.Service.Files;

namespace LatentSharp.Service.ModelFolders;

/// <summary>From what someone types, a name, a folder or a file, to the parts of a pipeline.</summary>
internal static class ModelResolution
{
    // Folders of one kind of part; what they lie in holds the other kinds: ComfyUI, Forge.
    private static readonly string[] KindFolders = ["checkpoints", "diffusion_models", "unet", "Stable-diffusion"];

    /// <summary>
    /// The folders in which models are looked for by name: the library's own and the registered ones, as far as they are there.
    /// </summary>
    public static IEnumerable<string> Folders(AutoencoderLibrary library)
        => library.Folders.Prepend(library.Home).Where(Directory.Exists).Distinct(RealPath.Comparer);

    /// <summary>The parts of the pipeline that something stands for.</summary>
    /// <param name="library">Its folders are looked through for names, and for parts that are not beside the model.</param>
    /// <param name="model">
    /// A file with a diffusion model; a folder of diffusers, or one that holds a single model; the name of a file or folder in the
    /// registered folders; of a model that the program brings along; or a model's, such as <c>flux1-dev</c>.
    /// </param>
    /// <param name="cancellationToken">Ends the looking.</param>
    /// <param name="more">What is looked for beside what the pipeline always needs.</param>
    /// <exception cref="LatentSharpException">
    /// Nothing of that name is there; the message says where it was looked for and, of a published model, what to fetch. Or it stands for
    /// several, or holds no diffusion model.
    /// </exception>
    public static PipelineFacts Find(AutoencoderLibrary library, string model, CancellationToken cancellationToken = default,
        params PipelineNeed[] more)
    {
        ArgumentNullException.ThrowIfNull(library);
        ArgumentException.ThrowIfNullOrEmpty(model);
        if (!Path.Exists(model) && BuiltInPipelines.Find(library, model, cancellationToken) is { } brought)
            return brought with { Parts = [.. brought.Parts, .. more.Select(n => new PipelinePart(n.Name, n.Title, null, [], null))] };
        string[] folders = [.. Folders(library)];
        var files = new List<ModelFile>();
        string? around = Directory.Exists(model) || File.Exists(model) ? Around(Path.GetFullPath(model)) : null;
        if (around is not null && !folders.Any(f => Holds(f, around)))
            files.AddRange(ModelScan.Of(around, IsTree(around, model) ? ModelScan.Deepest : 1, null, cancellationToken));
        foreach (string folder in folders) files.AddRange(ModelScan.Of(folder, ModelScan.Deepest, null, cancellationToken));
        var pipelines = new Pipelines(files);
        (ModelFile File, ModelPart Model)[] meant = [.. Meant(pipelines, model)];
        return meant switch
        {
            [var one] => pipelines.Of(one.File, one.Model, more),
            [] when around is not null => throw new LatentSharpException(ErrorKind.BadInput, model,
                files.FirstOrDefault(f => RealPath.Comparer.Equals(f.Path, Path.GetFullPath(model)))?.Problem
                    ?? "a transformer or UNet was expected; none that is known is in it.", Remedy.Inspect(model)),
            [] => throw Unknown(model, folders),
            _ => throw new LatentSharpException(ErrorKind.Usage, model,
                $"it stands for several models: {string.Join(", ", meant.Take(8).Select(m => m.File.Path))}.", "Name one of them by its path."),
        };
    }

    // A file or folder stands for itself; a name for files and folders that are called so, before those that hold a model of that name.
    private static IEnumerable<(ModelFile File, ModelPart Model)> Meant(Pipelines pipelines, string model)
    {
        (ModelFile File, ModelPart Model)[] all = [.. pipelines.Models];
        if (File.Exists(model) || Directory.Exists(model))
        {
            string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(model));
            (ModelFile File, ModelPart Model)[] same = [.. all.Where(m => RealPath.Comparer.Equals(m.File.Path, full)
                || File.Exists(full) && RealPath.Comparer.Equals(m.File.Path, Path.GetDirectoryName(full))
                || m.File.Pipeline is { } pipeline && RealPath.Comparer.Equals(pipeline, full))];
            return same.Length > 0 || File.Exists(model) ? same : all.Where(m => Holds(full, m.File.Path));
        }
        (ModelFile File, ModelPart Model)[] called = [.. all.Where(m => Same(Pipelines.NameOf(m.File), model)
            || Same(Path.GetFileName(m.File.Path), model) || Same(m.File.Name, model))];
        return called.Length > 0 ? called : all.Where(m => m.Model.Model is { } id && Same(id, model));
    }

    // The folder of the pipeline, else the folder of models, else the folder itself.
    private static string Around(string path)
    {
        string folder = Directory.Exists(path) ? path : Path.GetDirectoryName(path)!;
        for (string? above = folder; above is not null; above = Path.GetDirectoryName(above))
            if (ModelScan.IsPipeline(above)) return above;
            else if (above != path && KindFolders.Contains(Path.GetFileName(above), StringComparer.OrdinalIgnoreCase))
                return Path.GetDirectoryName(above) ?? folder;
        return folder;
    }

    // Beside a file in a folder of any kind there may be anything, below it a whole disk.
    private static bool IsTree(string around, string model)
    {
        string below = Path.GetRelativePath(around, Path.GetFullPath(model));
        return Directory.Exists(model) || ModelScan.IsPipeline(around)
            || KindFolders.Any(k => below.StartsWith(k + Path.DirectorySeparatorChar, StringComparison.OrdinalIgnoreCase));
    }

    private static bool Holds(string folder, string path)
        => (path + Path.DirectorySeparatorChar).StartsWith(Path.TrimEndingDirectorySeparator(folder) + Path.DirectorySeparatorChar,
            OperatingSystem.IsLinux() ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase);

    private static bool Same(string a, string b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase);

    private static LatentSharpException Unknown(string model, string[] folders)
    {
        string looked = folders.Length == 0 ? "no folder is registered" : $"looked for in {string.Join(", ", folders)}";
        string published = PublishedPart.Of(ModelPartKind.DiffusionModel, model.ToLowerInvariant()) is { } part
            ? $"\nIt is published as {part}." : "";
        return new LatentSharpException(ErrorKind.NotFound, model, $"no model of this name was found: {looked}.{published}",
            new Remedy(RemedyKind.RegisterFolder, "Name a file or folder by its path, or register the folder that the models lie in."));
    }
}
