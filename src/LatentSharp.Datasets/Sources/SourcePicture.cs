using LatentSharp.Weights;

namespace LatentSharp.Datasets.Sources;

/// <summary>A picture of a source, not yet read.</summary>
/// <param name="Name">Its path below the source, with slashes: the same wherever the source lies.</param>
/// <param name="SharesStem">Whether another picture of its folder differs in its extension alone.</param>
internal abstract record SourcePicture(string Name, bool SharesStem)
{
    /// <summary>The bytes of its file and when it was written, in ticks of UTC; for a quick look only.</summary>
    /// <exception cref="LatentSharpException">It is gone.</exception>
    public abstract (long Bytes, long Modified) Look();

    /// <summary>The bytes of its file.</summary>
    /// <exception cref="LatentSharpException">It is gone, or cannot be read.</exception>
    public abstract byte[] Read();

    /// <summary>What is written about it beside it; null for nothing.</summary>
    public abstract string? Caption();
}

/// <summary>A picture in a file of its own.</summary>
internal sealed record FilePicture(string Name, string Path, bool SharesStem) : SourcePicture(Name, SharesStem)
{
    /// <inheritdoc/>
    public override (long Bytes, long Modified) Look()
    {
        var file = new FileInfo(Path);
        return file.Exists ? (file.Length, file.LastWriteTimeUtc.Ticks)
            : throw new LatentSharpException(ErrorKind.NotFound, Name, "there is no such file.", "Look whether it was moved.");
    }

    /// <inheritdoc/>
    public override byte[] Read()
    {
        try
        {
            RegularFile.Require(Path);
            return File.ReadAllBytes(Path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LatentSharpException(ErrorKind.BadInput, Name, $"the file cannot be read: {e.Message}", "Check its permissions.", e);
        }
    }

    /// <inheritdoc/>
    public override string? Caption()
    {
        foreach (string extension in PictureSource.CaptionExtensions)
        {
            string beside = System.IO.Path.ChangeExtension(Path, extension);
            if (!File.Exists(beside)) continue;
            try
            {
                RegularFile.Require(beside);
                return PictureSource.CaptionOf(File.ReadAllText(beside));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new LatentSharpException(ErrorKind.BadInput, Name, $"its caption cannot be read: {e.Message}", "Check its permissions.", e);
            }
        }
        return null;
    }
}

/// <summary>A picture that is a part of an archive, read when its turn came.</summary>
internal sealed record ArchivedPicture(string Name, byte[] Content, long Modified, bool SharesStem, string? Text) : SourcePicture(Name,
    SharesStem)
{
    /// <inheritdoc/>
    public override (long Bytes, long Modified) Look() => (Content.Length, Modified);

    /// <inheritdoc/>
    public override byte[] Read() => Content;

    /// <inheritdoc/>
    public override string? Caption() => Text;
}
