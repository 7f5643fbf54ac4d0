namespace LatentSharp.Datasets.Sources;

/// <summary>A picture of a source, not yet read.</summary>
/// <param name="Name">Its path below the source, with slashes: the same wherever the source lies.</param>
/// <param name="Path">What is opened.</param>
/// <param name="SharesStem">Whether another picture of its folder differs in its extension alone.</param>
internal sealed record SourcePicture(string Name, string Path, bool SharesStem)
{
    /// <summary>The bytes of its file and when it was written, in ticks of UTC.</summary>
    public (long Bytes, long Modified) Look()
    {
        var file = new FileInfo(Path);
        if (!file.Exists) throw new LatentSharpException(ErrorKind.NotFound, Name, "there is no such file any more.", "Look whether it was moved.");
        return (file.Length, file.LastWriteTimeUtc.Ticks);
    }
}
