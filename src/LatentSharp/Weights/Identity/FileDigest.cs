using System.Buffers;
using LatentSharp.Weights.Files;

namespace LatentSharp.Weights.Identity;

/// <summary>The SHA-256 of a file as it is, which is what published lists of files give.</summary>
public static class FileDigest
{
    /// <summary>Reads the whole file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="progress">Told the fraction read, 0 to 1.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>64 lower-case hexadecimal digits.</returns>
    /// <exception cref="LatentSharpException">There is no such file, or it cannot be read.</exception>
    public static string Sha256(string path, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        using FileBytes file = FileBytes.Open(path);
        using var hash = new Sha256();
        byte[] buffer = ArrayPool<byte>.Shared.Rent(1 << 20);
        try
        {
            for (long offset = 0; offset < file.Length;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                int count = (int)Math.Min(buffer.Length, file.Length - offset);
                file.Read(offset, buffer.AsSpan(0, count));
                hash.Append(buffer.AsSpan(0, count));
                offset += count;
                progress?.Report((double)offset / file.Length);
            }
            return hash.Finish();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
