namespace LatentSharp.Datasets.Sources;

/// <summary>
/// The pictures of a list, one path a line. A picture is called by its path below the current folder, or by its whole path where it lies
/// elsewhere; what is not there is found out when its turn comes.
/// </summary>
internal sealed class PictureList : PictureSource
{
    private readonly List<FilePicture> pictures = [];

    /// <summary>Reads a list.</summary>
    /// <exception cref="LatentSharpException">There is no such list.</exception>
    public PictureList(string list)
    {
        if (!File.Exists(list))
            throw new LatentSharpException(ErrorKind.NotFound, "@" + list, "there is no such list.", "A list is a text file with one path a line.");
        Weights.RegularFile.Require(list);
        var seen = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string line in File.ReadLines(list).Select(l => l.Trim()).Where(l => l.Length > 0))
        {
            string full = Path.GetFullPath(line), below = Path.GetRelativePath(Directory.GetCurrentDirectory(), full);
            string name = below.StartsWith("..", StringComparison.Ordinal) || Path.IsPathRooted(below) ? full[Path.GetPathRoot(full)!.Length..] : below;
            seen.TryAdd(name.Replace('\\', '/'), full);
        }
        HashSet<UInt128> twice = SharedStems(seen.Keys);
        foreach ((string name, string path) in seen) pictures.Add(new FilePicture(name, path, Shares(name, twice)));
    }

    /// <inheritdoc/>
    public override IEnumerable<SourcePicture> Pictures() => pictures;

    /// <inheritdoc/>
    public override IEnumerable<string> Names() => pictures.Select(p => p.Name);
}
