namespace LatentSharp.Cli.Files;

/// <summary>The files that a command was given, checked before any work is done.</summary>
internal static class InputFiles
{
    /// <summary>Existing files in the order they were named. Patterns that the shell left alone (as on Windows) are expanded here.</summary>
    /// <param name="named">What stood on the command line.</param>
    /// <param name="pattern">An example of a pattern, for the message to someone who named a folder.</param>
    internal static List<string> Expand(IReadOnlyList<string> named, string pattern)
    {
        var files = new List<string>();
        foreach (string name in named)
        {
            if (name == "-") throw new LatentSharpException(ErrorKind.Usage, "-", "reading from standard input is not supported.", "Name a file.");
            if (File.Exists(name)) files.Add(name);
            else if (Directory.Exists(name)) throw new LatentSharpException(ErrorKind.BadInput, name, "this is a folder; a file is expected.", $"Name its files: {Path.Combine(name, pattern)}");
            else if (name.AsSpan().IndexOfAny('*', '?') >= 0) files.AddRange(Matches(name));
            else throw new LatentSharpException(ErrorKind.NotFound, name, "there is no such file.", Near(name));
        }
        return files;
    }

    /// <summary>One existing file.</summary>
    internal static string Single(string named, string pattern) => Expand([named], pattern) is [string only] ? only : throw new LatentSharpException(ErrorKind.Usage, named, "this stands for several files; one is expected.");

    private static List<string> Matches(string pattern)
    {
        string folder = Path.GetDirectoryName(pattern) is { Length: > 0 } named ? named : ".";
        var found = new List<string>();
        if (Directory.Exists(folder))
            foreach (string file in Directory.EnumerateFiles(folder, Path.GetFileName(pattern)))
                found.Add(folder == "." && !pattern.StartsWith('.') ? Path.GetFileName(file) : file);
        if (found.Count == 0) throw new LatentSharpException(ErrorKind.NotFound, pattern, "no file matches.", "Check the folder and the pattern.");
        found.Sort(StringComparer.Ordinal);
        return found;
    }

    /// <summary>The usual mistake is a letter or the extension: names in the same folder that begin alike.</summary>
    private static string Near(string name)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(name))!;
        if (!Directory.Exists(folder)) return $"The folder {folder} does not exist either.";
        string stem = Path.GetFileNameWithoutExtension(name);
        string[] near = [.. Directory.EnumerateFiles(folder).Select(f => Path.GetFileName(f)!)
            .Where(f => stem.Length > 0 && f.StartsWith(stem[..Math.Min(3, stem.Length)], StringComparison.OrdinalIgnoreCase)).Order(StringComparer.Ordinal).Take(3)];
        return near.Length == 0 ? $"Looked in {folder}." : $"In {folder} there is {string.Join(", ", near)}.";
    }
}
