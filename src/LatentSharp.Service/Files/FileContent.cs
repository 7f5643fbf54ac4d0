using System.Buffers.Binary;
using LatentSharp.Weights;

namespace LatentSharp.Service.Files;

/// <summary>What a file is by its first bytes, as far as a use case has to know before it hands the file to a reader.</summary>
internal static class FileContent
{
    /// <summary>Whether a file begins as safetensors files do: a header length that fits the file, then an opening brace.</summary>
    internal static bool IsSafetensors(string path)
    {
        Span<byte> start = stackalloc byte[9];
        using FileStream stream = RegularFile.OpenRead(path);
        return stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length
            && start[8] == (byte)'{' && BinaryPrimitives.ReadUInt64LittleEndian(start) <= (ulong)stream.Length;
    }
}
