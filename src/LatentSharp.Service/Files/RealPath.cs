namespace LatentSharp.Service.Files;

/// <summary>Where a path leads when all links on the way are followed: two paths to one file come to the same.</summary>
internal static class RealPath
{
    private const int MostLinks = 40;       // as many as Linux follows

    /// <summary>How the system compares paths.</summary>
    internal static StringComparer Comparer { get; } = OperatingSystem.IsLinux() ? StringComparer.Ordinal
        : StringComparer.OrdinalIgnoreCase;

    /// <summary>The full path without links. What is not there yet keeps its name below its folder's real path.</summary>
    internal static string Of(string path) => Of(Path.GetFullPath(path), MostLinks);

    private static string Of(string full, int links)
    {
        string? folder = Path.GetDirectoryName(full);
        if (folder is null) return full;
        string here = Path.Combine(Of(folder, links), Path.GetFileName(full));
        string? target = links > 0 ? Target(here) : null;
        return target is null ? here : Of(Path.GetFullPath(target, Path.GetDirectoryName(here)!), links - 1);
    }

    private static string? Target(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
