using System.Buffers.Binary;
using System.Text;
using LatentSharp.Weights;
using LatentSharp.Weights.Files.Numpy;

namespace LatentSharp.Datasets.Formats;

/// <summary>
/// Archives of arrays as <c>numpy.savez</c> writes them: a zip file, stored, dated 1980-01-01, so that the same arrays always give the same
/// bytes.
/// </summary>
internal static class NumpyArchive
{
    private const string Extension = ".npy";
    private const ushort Version = 20, MadeBy = 3 << 8 | Version, Date = 1 << 5 | 1;       // Unix; 1980-01-01
    private const uint Permissions = 0x180u << 16;      // 0600, as Python's zipfile has it

    /// <summary>Writes an archive.</summary>
    public static void Write(Stream stream, IReadOnlyList<(string Key, NumpyArray Array)> arrays)
    {
        using var directory = new MemoryStream();
        uint offset = 0;
        Span<byte> local = stackalloc byte[30], extra = stackalloc byte[20], entry = stackalloc byte[46];
        foreach ((string key, NumpyArray array) in arrays)
        {
            byte[] name = Encoding.UTF8.GetBytes(key + Extension), file = array.ToFile();
            uint crc = Crc32.Of(file);
            Fill(local, 0x04034B50, [Version, 0, 0, 0, Date], crc, file.Length, name.Length, extra.Length);
            // A ZIP64 field of 16 bytes, although the sizes above say the same.
            BinaryPrimitives.WriteUInt16LittleEndian(extra, 1);
            BinaryPrimitives.WriteUInt16LittleEndian(extra[2..], 16);
            BinaryPrimitives.WriteInt64LittleEndian(extra[4..], file.Length);
            BinaryPrimitives.WriteInt64LittleEndian(extra[12..], file.Length);
            Fill(entry, 0x02014B50, [MadeBy, Version, 0, 0, 0, Date], crc, file.Length, name.Length, 0);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[38..], Permissions);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[42..], offset);
            stream.Write(local);
            stream.Write(name);
            stream.Write(extra);
            stream.Write(file);
            directory.Write(entry);
            directory.Write(name);
            offset = checked(offset + (uint)(local.Length + name.Length + extra.Length + file.Length));
        }
        directory.WriteTo(stream);
        Span<byte> end = stackalloc byte[22];
        BinaryPrimitives.WriteUInt32LittleEndian(end, 0x06054B50);
        BinaryPrimitives.WriteUInt16LittleEndian(end[8..], (ushort)arrays.Count);
        BinaryPrimitives.WriteUInt16LittleEndian(end[10..], (ushort)arrays.Count);
        BinaryPrimitives.WriteUInt32LittleEndian(end[12..], (uint)directory.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(end[16..], offset);
        stream.Write(end);
    }

    /// <summary>Reads all arrays of an archive.</summary>
    /// <exception cref="LatentSharpException">It is missing, damaged, has a name twice, or an array that cannot be read.</exception>
    public static Dictionary<string, NumpyArray> Read(string path)
    {
        using NumpyFile file = NumpyFile.Open(path);
        return file.Tensors.Values.ToDictionary(t => t.Name, file.Unpacked, StringComparer.Ordinal);
    }

    // A header up to its names: the signature, fields of 16 bits, checksum, both sizes, lengths of what follows.
    private static void Fill(Span<byte> header, uint signature, ReadOnlySpan<ushort> fields, uint crc, int length, int name, int extra)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(header, signature);
        int at = 4;
        foreach (ushort field in fields)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(header[at..], field);
            at += 2;
        }
        BinaryPrimitives.WriteUInt32LittleEndian(header[at..], crc);
        BinaryPrimitives.WriteInt32LittleEndian(header[(at + 4)..], length);
        BinaryPrimitives.WriteInt32LittleEndian(header[(at + 8)..], length);
        BinaryPrimitives.WriteUInt16LittleEndian(header[(at + 12)..], (ushort)name);
        BinaryPrimitives.WriteUInt16LittleEndian(header[(at + 14)..], (ushort)extra);
    }
}
