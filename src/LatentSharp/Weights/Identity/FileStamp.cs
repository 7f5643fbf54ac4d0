using System.Globalization;

namespace LatentSharp.Weights.Identity;

/// <summary>
/// What the system says of a file without reading it; where it is the same as before, so is the content. Links are followed.
/// </summary>
/// <param name="Bytes">The length.</param>
/// <param name="Modified">When the content was last written, which programs can set as they like.</param>
/// <param name="Inode">The number of the file on its disk, which another file put in its place does not have; 0 where the system has none
/// or none is known (not on Linux).</param>
/// <param name="Changed">When anything about the file last changed, which no program can set; the time 0 where it is not known.</param>
internal readonly record struct FileStamp(long Bytes, DateTime Modified, ulong Inode, DateTime Changed)
{
    /// <summary>The stamp of a file.</summary>
    /// <exception cref="LatentSharpException">It is a pipe, a device or a socket.</exception>
    /// <exception cref="IOException">It is not there, or may not be opened.</exception>
    public static FileStamp Of(string path)
    {
        using FileStream file = RegularFile.OpenRead(path);
        (ulong inode, DateTime changed) = RegularFile.Marks(path) ?? (0, DateTime.UnixEpoch);
        return new FileStamp(RandomAccess.GetLength(file.SafeFileHandle), File.GetLastWriteTimeUtc(file.SafeFileHandle), inode, changed);
    }

    /// <summary>
    /// Whether a later change of the file would show. Times come in ticks of up to two seconds: what was written a moment ago could be
    /// written once more with the same time.
    /// </summary>
    public bool IsSettledAt(DateTimeOffset now) => now.UtcDateTime - (Modified > Changed ? Modified : Changed) > TimeSpan.FromSeconds(3);

    /// <summary>All of it in one line, the times in units of 100 ns.</summary>
    public override string ToString()
        => string.Create(CultureInfo.InvariantCulture, $"{Bytes} {Modified.Ticks} {Inode} {Changed.Ticks}");
}
