using System.Buffers.Binary;
using LatentSharp.Weights.Files.Numpy;

namespace LatentSharp.Datasets.Formats;

/// <summary>
/// Archives of arrays as <c>numpy.savez</c> writes them: a zip file, stored, dated 1980-01-01, so that the same arrays always give the same
/// bytes.
/// </summary>
internal static class NumpyArchive
{
    private const string Extension = ".npy";

    /// <summary>Writes an archive.</summary>
    public static void Write(Stream stream, IReadOnlyList<(string Key, NumpyArray Array)> arrays)
    {
        using var zip = new StoredZip(stream);
        Span<byte> extra = stackalloc byte[20];
        foreach ((string key, NumpyArray array) in arrays)
        {
            byte[] file = array.ToFile();
            // A ZIP64 field of 16 bytes, although the sizes in the header say the same.
            BinaryPrimitives.WriteUInt16LittleEndian(extra, 1);
            BinaryPrimitives.WriteUInt16LittleEndian(extra[2..], 16);
            BinaryPrimitives.WriteInt64LittleEndian(extra[4..], file.Length);
            BinaryPrimitives.WriteInt64LittleEndian(extra[12..], file.Length);
            zip.Add(key + Extension, file, extra);
        }
    }

    /// <summary>Reads all arrays of an archive.</summary>
    /// <exception cref="LatentSharpException">It is missing, damaged, has a name twice, or an array that cannot be read.</exception>
    public static Dictionary<string, NumpyArray> Read(string path)
    {
        using NumpyFile file = NumpyFile.Open(path);
        return file.Tensors.Values.ToDictionary(t => t.Name, file.Unpacked, StringComparer.Ordinal);
    }
}
