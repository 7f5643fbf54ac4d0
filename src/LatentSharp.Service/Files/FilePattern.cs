using System.IO.Enumeration;

namespace LatentSharp.Service.Files;

/// <summary>
/// Files by a pattern: <c>*</c> and <c>?</c> within a name, <c>**</c> for any number of folders. Hidden files are found by patterns that
/// begin with a dot only.
/// </summary>
internal static class FilePattern
{
    private static readonly char[] Wildcards = ['*', '?'];
    private static readonly char[] Separators = [Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar];

    /// <summary>Whether a name is a pattern.</summary>
    internal static bool Is(string name) => name.IndexOfAny(Wildcards) >= 0;

    /// <summary>
    /// The files of a folder and of those below it, in the ordinal order of their paths. Links to folders are not followed.
    /// </summary>
    internal static List<string> Below(string folder, bool recursive) => Search(folder, recursive ? ["**", "*"] : ["*"]);

    /// <summary>What matches, and the folder above the first wildcard.</summary>
    internal static (string Folder, List<string> Files) Matches(string pattern)
    {
        string[] parts = pattern.Split(Separators);
        int wild = Array.FindIndex(parts, p => p.IndexOfAny(Wildcards) >= 0);
        string folder = string.Join(Path.DirectorySeparatorChar, parts[..wild]);
        if (wild > 0 && folder.Length == 0) folder = Path.DirectorySeparatorChar.ToString();
        string[] rest = [.. parts[wild..].Where(p => p.Length > 0)];
        if (rest[^1] == "**") rest = [.. rest, "*"];
        return (folder.Length == 0 ? "." : folder, Search(folder, rest));
    }

    private static List<string> Search(string folder, string[] parts)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        Search(folder, parts, found);
        List<string> sorted = [.. found];
        sorted.Sort(StringComparer.Ordinal);
        return sorted;
    }

    private static void Search(string folder, ReadOnlySpan<string> parts, HashSet<string> found)
    {
        string part = parts[0];
        if (part == "**")
        {
            Search(folder, parts[1..], found);
            foreach (string below in Entries(folder, "*", folders: true)) Search(below, parts, found);
        }
        else if (part.IndexOfAny(Wildcards) < 0)
        {
            string next = folder.Length == 0 ? part : Path.Combine(folder, part);
            if (parts.Length > 1) Search(next, parts[1..], found);
            else if (File.Exists(next)) found.Add(next);
        }
        else
        {
            foreach (string entry in Entries(folder, part, folders: parts.Length > 1))
            {
                if (parts.Length > 1) Search(entry, parts[1..], found);
                else found.Add(entry);
            }
        }
    }

    private static IEnumerable<string> Entries(string folder, string pattern, bool folders)
    {
        string where = folder.Length == 0 ? "." : folder;
        if (!Directory.Exists(where)) return [];
        bool hidden = pattern.StartsWith('.');
        var options = new EnumerationOptions { IgnoreInaccessible = true, AttributesToSkip = 0 };
        return new FileSystemEnumerable<string>(where,
            (ref FileSystemEntry e) => folder.Length == 0 ? e.FileName.ToString() : e.ToSpecifiedFullPath(), options)
        {
            ShouldIncludePredicate = (ref FileSystemEntry e) => e.IsDirectory == folders && (hidden || !e.FileName.StartsWith("."))
                && !(folders && e.Attributes.HasFlag(FileAttributes.ReparsePoint))
                && FileSystemName.MatchesSimpleExpression(pattern, e.FileName, ignoreCase: !OperatingSystem.IsLinux()),
        };
    }
}
