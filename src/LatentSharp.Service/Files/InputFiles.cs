using LatentSharp.Weights;

namespace LatentSharp.Service.Files;

/// <summary>
/// The files that a request stands for: named ones, folders, patterns, lists and standard input, in a stable order, each once.
/// </summary>
internal sealed class InputFiles : IDisposable
{
    private const string StandardInput = "-";

    private readonly InputKind kind;
    private readonly InputSelection selection;
    private readonly List<InputFile> files = [];
    private readonly List<string> others = [], temporary = [];
    private readonly HashSet<string> seen = new(RealPath.Comparer);
    private readonly bool severalRoots;

    private InputFiles(InputSelection selection, InputKind kind)
    {
        (this.selection, this.kind) = (selection, kind);
        severalRoots = selection.Names.Count(n => !File.Exists(n) && (Directory.Exists(n) || FilePattern.Is(n))) > 1;
    }

    /// <summary>All of them.</summary>
    internal IReadOnlyList<InputFile> All => files;

    /// <summary>The files of folders that are of another kind, by their paths below the folder.</summary>
    internal IReadOnlyList<string> Others => others;

    /// <summary>Whether one file was named and nothing else: its failure is the failure of the whole.</summary>
    internal bool IsSingle => files is [{ IsNamed: true }];

    /// <summary>Looks up what was named.</summary>
    /// <exception cref="LatentSharpException">Something that was named does not exist, or stands for nothing.</exception>
    internal static InputFiles Find(InputSelection selection, InputKind kind)
    {
        var found = new InputFiles(selection, kind);
        try
        {
            foreach (string name in selection.Names) found.Add(name);
            if (found.files.Count == 0)
                throw new LatentSharpException(ErrorKind.Usage, "", $"{kind.Word} is needed.", $"Name {kind.Word}, a folder or a pattern.");
            return found;
        }
        catch
        {
            found.Dispose();
            throw;
        }
    }

    /// <summary>Removes what was written down from streams.</summary>
    public void Dispose()
    {
        foreach (string file in temporary) File.Delete(file);
    }

    private void Add(string name)
    {
        if (name.Length == 0) throw new LatentSharpException(ErrorKind.Usage, "", "an empty name stands for nothing.", $"Name {kind.Word}.");
        if (name == StandardInput) AddStream(name, selection.StandardInput ?? throw NoStandardInput());
        else if (File.Exists(name)) AddNamed(name);
        else if (Directory.Exists(name)) AddFolder(name);
        else if (name is ['@', .. var list] && list.Length > 0) AddList(list);
        else if (FilePattern.Is(name)) AddPattern(name);
        else throw MissingFile.Of(name, Near(name));
    }

    private void AddNamed(string name)
    {
        // The same file twice is a mistake where both were typed: two results would go to one place.
        if (!seen.Add(RealPath.Of(name))
            && files.Exists(f => f.IsNamed && RealPath.Comparer.Equals(RealPath.Of(f.Path), RealPath.Of(name))))
            throw new LatentSharpException(ErrorKind.Usage, name,
                "this file was named twice, and both results would be written to one place.", "Name it once.");
        files.Add(new InputFile(name, name, Path.GetFileName(name), true));
    }

    private void AddFolder(string folder)
    {
        List<string> found = FilePattern.Below(folder, selection.Recursive);
        string root = severalRoots ? Path.GetFileName(Path.GetFullPath(folder).TrimEnd(Path.DirectorySeparatorChar)) : "";
        bool any = false;
        foreach (string file in found)
        {
            string relative = Path.Combine(root, Path.GetRelativePath(folder, file));
            if (RegularFile.IsSpecial(file) || !kind.Takes(file))
            {
                others.Add(relative);
                continue;
            }
            AddFound(file, relative);
            any = true;
        }
        if (any) return;
        string content = found.Count switch { 0 => "it is empty", 1 => "one other file", int n => $"{n} other files" };
        throw new LatentSharpException(ErrorKind.BadInput, folder, $"there are no {kind.Words} in this folder ({content}).",
            $"Name a folder with {kind.Examples}.");
    }

    private void AddPattern(string pattern)
    {
        (string folder, List<string> found) = FilePattern.Matches(pattern);
        if (found.Count == 0) throw new LatentSharpException(ErrorKind.NotFound, pattern, "no file matches.", "Check the folder and the pattern.");
        string root = severalRoots ? Path.GetFileName(Path.GetFullPath(folder).TrimEnd(Path.DirectorySeparatorChar)) : "";
        foreach (string file in found) AddFound(file, Path.Combine(root, Path.GetRelativePath(folder, file)));
    }

    /// <summary>
    /// One name a line. What is not there is found out when its turn comes, so that one wrong line of a long list costs one result.
    /// </summary>
    private void AddList(string list)
    {
        if (list != StandardInput && !File.Exists(list))
            throw new LatentSharpException(ErrorKind.NotFound, "@" + list, "there is no such list.", "A list is a text file with one name a line.");
        if (list != StandardInput) RegularFile.Require(list);
        using TextReader reader = list == StandardInput ? new StreamReader(selection.StandardInput ?? throw NoStandardInput())
            : new StreamReader(list);
        while (reader.ReadLine() is { } line)
        {
            string name = line.Trim();
            if (name.Length == 0) continue;
            if (Directory.Exists(name)) AddFolder(name);
            else AddFound(name, Path.IsPathRooted(name) || name.Split('/', '\\').Contains("..") ? Path.GetFileName(name) : name);
        }
    }

    private void AddFound(string path, string relative)
    {
        if (seen.Add(RealPath.Of(path))) files.Add(new InputFile(path, path, relative, false));
    }

    private void AddStream(string name, Stream stream)
    {
        string file = Path.Combine(Path.GetTempPath(), $"latent-{Guid.NewGuid().ToString("N")[..12]}");
        temporary.Add(file);
        using (var copy = new FileStream(file, FileMode.CreateNew)) stream.CopyTo(copy);
        files.Add(new InputFile(name, file, "stdin", true));
    }

    private static LatentSharpException NoStandardInput()
        => new(ErrorKind.Usage, StandardInput, "there is no standard input to read from.", "Name a file.");

    /// <summary>The usual mistake is a letter or the extension: names in the same folder that are nearly this one.</summary>
    private static string Near(string name)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(name))!;
        if (!Directory.Exists(folder)) return $"The folder {folder} does not exist either.";
        string[] near = [.. Likeness.Nearest(Path.GetFileName(name), Directory.EnumerateFiles(folder).Select(f => Path.GetFileName(f)!))];
        return near.Length == 0 ? $"Looked in {folder}." : $"In {folder} there is {string.Join(", ", near)}.";
    }
}
