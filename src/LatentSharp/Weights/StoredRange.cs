namespace LatentSharp.Weights;

/// <summary>A run of bytes in a file.</summary>
/// <param name="Path">The file.</param>
/// <param name="Offset">The first byte, counted from the beginning of the file.</param>
/// <param name="Length">The number of bytes.</param>
public sealed record StoredRange(string Path, long Offset, long Length);
