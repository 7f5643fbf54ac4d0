namespace LatentSharp.Cli.Files;

/// <summary>Where a command writes, decided and checked before any work is done.</summary>
internal static class OutputFiles
{
    /// <summary>One output file for each input.</summary>
    /// <param name="inputs">The input files.</param>
    /// <param name="chosen">What <c>-o</c> said: a file, a folder, or null for the current folder.</param>
    /// <param name="extensions">Extensions that make <paramref name="chosen"/> a file, with the dot.</param>
    /// <param name="name">The file name for an input when the folder decides nothing.</param>
    /// <param name="kind">What is written, for messages: "a latent file".</param>
    internal static List<string> For(IReadOnlyList<string> inputs, string? chosen, IReadOnlyList<string> extensions, Func<string, string> name, string kind)
    {
        List<string> outputs;
        if (chosen is null)
        {
            outputs = [.. inputs.Select(name)];
        }
        else if (IsFolder(chosen))
        {
            MakeFolder(chosen);
            outputs = [.. inputs.Select(i => Path.Combine(chosen, name(i)))];
        }
        else
        {
            if (chosen == "-") throw new LatentSharpException(ErrorKind.Usage, "-o -", "writing to standard output is not supported.", "Name a file or a folder.");
            if (!extensions.Contains(Path.GetExtension(chosen), StringComparer.OrdinalIgnoreCase))
                throw new LatentSharpException(ErrorKind.Usage, "-o " + chosen, $"{kind} ends in {string.Join(", ", extensions)}.", $"For a folder of this name write {chosen}{Path.DirectorySeparatorChar}");
            if (inputs.Count > 1) throw new LatentSharpException(ErrorKind.Usage, "-o " + chosen, $"this is one file, but there are {inputs.Count} inputs.", "Name a folder: -o results" + Path.DirectorySeparatorChar);
            RequireFolderOf(chosen);
            outputs = [chosen];
        }
        RefuseCollisions(inputs, outputs);
        return outputs;
    }

    /// <summary>A folder to write into; made when it is not there.</summary>
    internal static void MakeFolder(string folder)
    {
        if (File.Exists(folder)) throw new LatentSharpException(ErrorKind.BadInput, folder, "a folder is expected here, but this is a file.", "Name another folder with -o.");
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LatentSharpException(ErrorKind.BadInput, folder, $"this folder cannot be made: {e.Message}", "Name another folder with -o.", e);
        }
    }

    private static bool IsFolder(string chosen)
        => Directory.Exists(chosen) || Path.EndsInDirectorySeparator(chosen) || (Path.GetExtension(chosen).Length == 0 && chosen != "-");

    private static void RequireFolderOf(string file)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        if (!Directory.Exists(folder)) throw new LatentSharpException(ErrorKind.NotFound, file, $"the folder {folder} does not exist.", "Create it first, or write somewhere else.");
    }

    /// <summary>No output may be an input, and no two inputs may be written to one file.</summary>
    private static void RefuseCollisions(IReadOnlyList<string> inputs, List<string> outputs)
    {
        StringComparer comparer = OperatingSystem.IsLinux() ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase;
        var taken = new Dictionary<string, string>(comparer);
        foreach (string input in inputs) taken[Path.GetFullPath(input)] = "";
        for (int i = 0; i < inputs.Count; i++)
        {
            string output = Path.GetFullPath(outputs[i]);
            if (taken.TryGetValue(output, out string? by))
            {
                throw by.Length == 0
                    ? new LatentSharpException(ErrorKind.Usage, outputs[i], $"this input would be overwritten by the result of {inputs[i]}.", "Choose another place with -o.")
                    : new LatentSharpException(ErrorKind.Usage, outputs[i], $"the results of {by} and {inputs[i]} would both be written here.", "Run them one after the other with different -o.");
            }
            taken[output] = inputs[i];
        }
    }
}
