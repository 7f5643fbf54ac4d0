using System.Buffers.Binary;
using System.Text;
using LatentSharp.Weights;

namespace LatentSharp.Datasets.Formats;

/// <summary>
/// A zip file as Python's <c>zipfile</c> writes it: members stored as they are, dated 1980-01-01, so that the same members always give the
/// same bytes. The list of members is written when it is disposed.
/// </summary>
/// <param name="stream">Where it is written; it stays open.</param>
internal sealed class StoredZip(Stream stream) : IDisposable
{
    /// <summary>Bytes of a member's header before its name.</summary>
    public const int HeaderLength = 30;

    private const ushort Version = 20, MadeBy = 3 << 8 | Version, Date = 1 << 5 | 1;       // Unix; 1980-01-01
    private const uint Permissions = 0x180u << 16;      // 0600, as Python's zipfile has it

    private readonly MemoryStream directory = new();
    private ushort count;

    /// <summary>Bytes that are written.</summary>
    public uint Length { get; private set; }

    /// <summary>Adds a member.</summary>
    /// <param name="member">Its name.</param>
    /// <param name="content">Its bytes.</param>
    /// <param name="extra">What its own header carries besides.</param>
    public void Add(string member, byte[] content, ReadOnlySpan<byte> extra)
    {
        byte[] name = Encoding.UTF8.GetBytes(member);
        uint crc = Crc32.Of(content);
        Span<byte> local = stackalloc byte[HeaderLength], entry = stackalloc byte[46];
        Fill(local, 0x04034B50, [Version, 0, 0, 0, Date], crc, content.Length, name.Length, extra.Length);
        Fill(entry, 0x02014B50, [MadeBy, Version, 0, 0, 0, Date], crc, content.Length, name.Length, 0);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[38..], Permissions);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[42..], Length);
        stream.Write(local);
        stream.Write(name);
        stream.Write(extra);
        stream.Write(content);
        directory.Write(entry);
        directory.Write(name);
        Length = checked(Length + (uint)(local.Length + name.Length + extra.Length + content.Length));
        count++;
    }

    public void Dispose()
    {
        directory.WriteTo(stream);
        Span<byte> end = stackalloc byte[22];
        BinaryPrimitives.WriteUInt32LittleEndian(end, 0x06054B50);
        BinaryPrimitives.WriteUInt16LittleEndian(end[8..], count);
        BinaryPrimitives.WriteUInt16LittleEndian(end[10..], count);
        BinaryPrimitives.WriteUInt32LittleEndian(end[12..], (uint)directory.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(end[16..], Length);
        stream.Write(end);
        directory.Dispose();
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
