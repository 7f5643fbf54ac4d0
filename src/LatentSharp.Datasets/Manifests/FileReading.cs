namespace LatentSharp.Datasets.Manifests;

/// <summary>Reading of files that several threads share.</summary>
internal static class FileReading
{
    /// <summary>Fills a buffer from a place in a file, wherever the file stands.</summary>
    /// <exception cref="EndOfStreamException">The file ends before.</exception>
    public static void ReadWhole(this FileStream file, Span<byte> bytes, long offset)
    {
        while (bytes.Length > 0)
        {
            int read = RandomAccess.Read(file.SafeFileHandle, bytes, offset);
            if (read == 0) throw new EndOfStreamException($"{file.Name} became shorter while it was read");
            offset += read;
            bytes = bytes[read..];
        }
    }
}
