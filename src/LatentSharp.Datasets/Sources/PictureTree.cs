namespace LatentSharp.Datasets.Sources;

/// <summary>
/// The pictures of a folder and of those below it, folder by folder in the order of their names. What is beside them, captions and lists,
/// is left alone, and so is everything hidden and what links lead to. At any time one folder's names are in memory.
/// </summary>
internal sealed class PictureTree(string root) : PictureSource
{
    /// <inheritdoc/>
    public override IEnumerable<SourcePicture> Pictures() => In(root, "");

    /// <inheritdoc/>
    public override IEnumerable<string> Names() => Pictures().Select(p => p.Name);

    private static IEnumerable<SourcePicture> In(string folder, string prefix)
    {
        string[] entries;
        try
        {
            entries = [.. new DirectoryInfo(folder).EnumerateFileSystemInfos().Where(e => !e.Name.StartsWith('.'))
                .Where(e => e is FileInfo ? IsPicture(e.Name) : !e.Attributes.HasFlag(FileAttributes.ReparsePoint))
                .Select(e => e is FileInfo ? e.Name : e.Name + "/").Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LatentSharpException(ErrorKind.BadInput, folder, $"this folder could not be listed: {e.Message}", "Check its permissions.", e);
        }
        HashSet<UInt128> twice = SharedStems(entries.Where(n => !n.EndsWith('/')));
        foreach (string entry in entries)
        {
            if (!entry.EndsWith('/'))
                yield return new FilePicture(prefix + entry, Path.Combine(folder, entry), Shares(entry, twice));
            else
                foreach (SourcePicture below in In(Path.Combine(folder, entry[..^1]), prefix + entry)) yield return below;
        }
    }
}
