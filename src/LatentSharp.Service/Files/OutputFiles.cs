using LatentSharp.Weights;

namespace LatentSharp.Service.Files;

/// <summary>Where results go, decided and checked before any work is done.</summary>
internal static class OutputFiles
{
    // NAME_MAX of Linux' file systems.
    private const int LongestName = 255;

    /// <summary>One output file for each input.</summary>
    /// <param name="inputs">The input files.</param>
    /// <param name="chosen">A file, a folder, or null for the current folder.</param>
    /// <param name="extensions">Extensions that make <paramref name="chosen"/> a file, with the dot.</param>
    /// <param name="name">The result's name for the name of an input without its ending.</param>
    /// <param name="kind">What is written, for messages: "a latent file".</param>
    internal static List<string> For(InputFiles inputs, string? chosen, IReadOnlyList<string> extensions, Func<string, string> name,
        string kind)
    {
        List<string> outputs;
        if (chosen is null || IsFolder(chosen))
        {
            if (chosen is not null) MakeFolder(chosen);
            RequireWritable(chosen ?? ".");
            outputs = InFolder(inputs.All, chosen ?? "", name);
            if (outputs.Count == 1) RequireName(outputs[0]);
        }
        else
        {
            RequireExtension(chosen, extensions, kind);
            if (inputs.All.Count > 1)
                throw new LatentSharpException(ErrorKind.Usage, chosen, $"this is one file, but there are {inputs.All.Count} inputs.",
                    $"Name a folder: results{Path.DirectorySeparatorChar}");
            RequireFolderOf(chosen);
            outputs = [chosen];
        }
        RefuseCollisions(inputs.All, outputs);
        return outputs;
    }

    /// <summary>A file for each of several results that are made of nothing that is read.</summary>
    /// <param name="chosen">
    /// A file, a folder, or null for the current folder. A raw image holds all results; of another file there is one for each: NAME-1.png,
    /// NAME-2.png.
    /// </param>
    /// <param name="extensions">Extensions that make <paramref name="chosen"/> a file, with the dot; raw images' comes last.</param>
    /// <param name="names">What the results are called in a folder, without extension.</param>
    /// <param name="kind">What is written, for messages: "a picture".</param>
    internal static List<string> ForNames(string? chosen, IReadOnlyList<string> extensions, IReadOnlyList<string> names, string kind)
    {
        if (chosen is null || IsFolder(chosen))
        {
            if (chosen is not null) MakeFolder(chosen);
            RequireWritable(chosen ?? ".");
            return [.. names.Select(n => Path.Combine(chosen ?? "", n + extensions[0]))];
        }
        RequireExtension(chosen, extensions, kind);
        RequireFolderOf(chosen);
        string extension = Path.GetExtension(chosen), stem = chosen[..^extension.Length];
        return names.Count == 1 || extension.Equals(extensions[^1], StringComparison.OrdinalIgnoreCase) ? [.. names.Select(_ => chosen)]
            : [.. names.Select((_, i) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{stem}-{i + 1}{extension}"))];
    }

    private static void RequireExtension(string chosen, IReadOnlyList<string> extensions, string kind)
    {
        if (chosen == "-") throw new LatentSharpException(ErrorKind.Usage, "-", "writing to standard output is not supported.",
            "Name a file or a folder.");
        if (!extensions.Contains(Path.GetExtension(chosen), StringComparer.OrdinalIgnoreCase))
            throw new LatentSharpException(ErrorKind.Usage, chosen, $"{kind} ends in {string.Join(", ", extensions)}.",
                $"For a folder of this name write {chosen}{Path.DirectorySeparatorChar}");
    }

    /// <summary>A folder to write into; made when it is not there.</summary>
    internal static void MakeFolder(string folder)
    {
        string plain = Path.TrimEndingDirectorySeparator(folder);
        if (File.Exists(plain))
            throw new LatentSharpException(ErrorKind.BadInput, plain, "a folder is expected here, but this is a file.",
                "Name another folder.");
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LatentSharpException(ErrorKind.BadInput, folder, $"this folder cannot be made: {e.Message}", "Name another folder.",
                e);
        }
    }

    /// <summary>One file to write, given by its path: it may not be what is read, and its folder has to be there.</summary>
    /// <param name="output">The file.</param>
    /// <param name="inputs">What is read; null entries count for nothing.</param>
    internal static void Require(string output, params ReadOnlySpan<string?> inputs)
    {
        RequireFolderOf(output);
        string real = RealPath.Of(output);
        foreach (string? input in inputs)
            if (input is not null && RealPath.Comparer.Equals(real, RealPath.Of(input)))
                throw new LatentSharpException(ErrorKind.Usage, output, "this is the file that is read; the result would overwrite it.",
                    "Choose another place for the result.");
    }

    private static bool IsFolder(string chosen)
        => Directory.Exists(chosen) || Path.EndsInDirectorySeparator(chosen)
        || (Path.GetExtension(chosen).Length == 0 && chosen != "-" && !File.Exists(chosen));

    private static void RequireFolderOf(string file)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        if (Directory.Exists(file))
            throw new LatentSharpException(ErrorKind.BadInput, file, "a file is to be written here, but this is a folder.",
                "Give a file name inside it.");
        RegularFile.RequireReplaceable(file);
        RequireName(file);
        if (!Directory.Exists(folder))
            throw new LatentSharpException(ErrorKind.NotFound, file, $"the folder {folder} does not exist.",
                "Create it first, or write somewhere else.");
        RequireWritable(folder);
    }

    // Windows and macOS count letters, and take more bytes.
    private static void RequireName(string file)
    {
        string name = Path.GetFileName(file);
        int bytes = System.Text.Encoding.UTF8.GetByteCount(name);
        if (OperatingSystem.IsLinux() && bytes > LongestName)
            throw new LatentSharpException(ErrorKind.BadInput, name, $"a file name of {bytes} bytes; file systems take {LongestName}.",
                "Name a shorter one to write to.");
    }

    /// <summary>Finds out now, not after an hour of work, that a folder cannot be written to.</summary>
    private static void RequireWritable(string folder)
    {
        string probe = Path.Combine(folder, $".latent-probe-{Guid.NewGuid().ToString("N")[..8]}.tmp");
        try
        {
            new FileStream(probe,
                new FileStreamOptions
                {
                    Mode = FileMode.CreateNew, Access = FileAccess.Write,
                    Options = FileOptions.DeleteOnClose
                }).Dispose();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LatentSharpException(ErrorKind.BadInput, folder, "this folder cannot be written to.",
                "Write somewhere else, or see to its permissions and the room on its disk.", e);
        }
    }

    // Pictures of one name that differ in their ending keep it: a.jpg and a.png become a.jpg.latent.safetensors and
    // a.png.latent.safetensors.
    private static List<string> InFolder(IReadOnlyList<InputFile> inputs, string folder, Func<string, string> name)
    {
        string[] plain = [.. inputs.Select(i => Path.Combine(folder, Path.GetDirectoryName(i.Relative) ?? "", name(i.Relative)))];
        HashSet<string> twice = new(plain.GroupBy(p => p, RealPath.Comparer).Where(g => g.Count() > 1).Select(g => g.Key),
            RealPath.Comparer);
        return [.. plain.Select(
            (p, i) => twice.Contains(p)
            ? Path.Combine(folder, Path.GetDirectoryName(inputs[i].Relative) ?? "", name(inputs[i].Relative + ".")) : p)];
    }

    /// <summary>No output may be an input, and no two inputs may be written to one file.</summary>
    private static void RefuseCollisions(IReadOnlyList<InputFile> inputs, List<string> outputs)
    {
        var taken = new Dictionary<string, string>(RealPath.Comparer);
        foreach (InputFile input in inputs) taken[RealPath.Of(input.Path)] = "";
        for (int i = 0; i < inputs.Count; i++)
        {
            string output = RealPath.Of(outputs[i]);
            if (taken.TryGetValue(output, out string? by))
            {
                throw by.Length == 0
                    ? new LatentSharpException(ErrorKind.Usage, outputs[i],
                        $"this input would be overwritten by the result of {inputs[i].Name}.", "Choose another place for the result.")
                    : new LatentSharpException(ErrorKind.Usage, outputs[i],
                        $"the results of {by} and {inputs[i].Name} would both be written here.",
                            "Do them one after the other, to different places.");
            }
            taken[output] = inputs[i].Name;
        }
    }
}
