using System.Buffers.Binary;
using System.Text;
using LatentSharp.Weights.Files.Torch;

namespace LatentSharp.Weights.Files;

/// <summary>A file in a zip archive.</summary>
/// <param name="Offset">Where its bytes lie.</param>
/// <param name="Packed">How many there are.</param>
/// <param name="Length">How many they become when they are unpacked.</param>
/// <param name="IsDeflated">Whether they are compressed.</param>
/// <param name="Crc">The checksum of what they become.</param>
internal readonly record struct ZipEntry(long Offset, long Packed, long Length, bool IsDeflated, uint Crc);

/// <summary>
/// The directory of a zip archive as torch.save and NumPy write it: entries lie one after the other, stored or, where that is allowed,
/// deflated. Archives in which a name occurs twice, entries overlap, or the local header says something else than the directory are
/// refused, because two programs could read them differently (APPNOTE.TXT 6.3, sections 4.3.7 to 4.3.16).
/// </summary>
internal static class ZipDirectory
{
    private const int EndLength = 22, MaxComment = 65535, End64Length = 56, Locator64Length = 20, EntryLength = 46, LocalLength = 30;
    private const int Deflated = 8;
    private const int MaxEntries = 200_000;
    private const int MaxDirectoryLength = 64 << 20;

    /// <summary>Where every entry's bytes lie.</summary>
    /// <param name="file">The archive.</param>
    /// <param name="deflatedToo">Whether entries may be compressed.</param>
    /// <exception cref="CheckpointException">It breaks a rule.</exception>
    public static Dictionary<string, ZipEntry> Read(FileBytes file, bool deflatedToo = false)
    {
        (long start, long length, long count) = FindDirectory(file);
        if (count > MaxEntries || count > length / EntryLength)
            throw new CheckpointException($"the zip directory announces {count:N0} entries in {length:N0} bytes");
        if (length > MaxDirectoryLength) throw new CheckpointException($"the zip directory claims {length:N0} bytes");
        var directory = new byte[length];
        file.Read(start, directory);
        var entries = new Dictionary<string, ZipEntry>(StringComparer.Ordinal);
        var ranges = new List<(long Begin, long End, string Name)>();
        int position = 0;
        for (long i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> entry = directory.AsSpan(position);
            if (entry.Length < EntryLength || U32(entry, 0) != 0x02014B50) throw new CheckpointException("the zip directory is damaged");
            int nameLength = U16(entry, 28), extraLength = U16(entry, 30), commentLength = U16(entry, 32);
            if (entry.Length < EntryLength + nameLength + extraLength + commentLength) throw new CheckpointException("the zip directory is cut short");
            ReadOnlySpan<byte> nameBytes = entry.Slice(EntryLength, nameLength);
            string name = Encoding.UTF8.GetString(nameBytes);
            if ((U16(entry, 8) & 1) != 0) throw new CheckpointException($"the zip entry {SafetensorsHeader.Quote(name)} is encrypted");
            int method = U16(entry, 10);
            if (method != 0 && !(deflatedToo && method == Deflated))
                throw CheckpointException.Archive(
                    $"this is a zip archive with the compressed file {SafetensorsHeader.Quote(name)} in it, not a torch checkpoint");
            (long packed, long size, long local) = Sizes(entry, nameLength, extraLength);
            if (packed != size && method == 0)
                throw new CheckpointException($"the zip entry {SafetensorsHeader.Quote(name)} is stored but has two sizes, {packed:N0} and {size:N0}");
            long data = LocalData(file, start, local, nameBytes, method);
            if (packed > start - data) throw new CheckpointException($"the zip entry {SafetensorsHeader.Quote(name)} reaches into the directory");
            if (!entries.TryAdd(name, new ZipEntry(data, packed, size, method == Deflated, U32(entry, 16))))
                throw new CheckpointException($"the zip archive has two entries called {SafetensorsHeader.Quote(name)}");
            ranges.Add((local, data + packed, name));
            position += EntryLength + nameLength + extraLength + commentLength;
        }
        CheckOverlap(ranges);
        return entries;
    }

    private static (long Start, long Length, long Count) FindDirectory(FileBytes file)
    {
        int tailLength = (int)Math.Min(file.Length, EndLength + MaxComment);
        long tailStart = file.Length - tailLength;
        var tail = new byte[tailLength];
        file.Read(tailStart, tail);
        int end = tailLength - EndLength;
        while (end >= 0 && !(U32(tail, end) == 0x06054B50 && U16(tail, end + 20) == tailLength - end - EndLength)) end--;
        if (end < 0) throw new CheckpointException("the zip archive has no end record: the file is cut short");
        long endAt = tailStart + end;
        long count = U16(tail, end + 10), length = U32(tail, end + 12), start = U32(tail, end + 16);
        if (U16(tail, end + 4) != 0 && U16(tail, end + 4) != 0xFFFF) throw new CheckpointException("the zip archive is split over several files");
        if (endAt >= Locator64Length)
        {
            var locator = new byte[Locator64Length];
            file.Read(endAt - Locator64Length, locator);
            if (U32(locator, 0) == 0x07064B50)
            {
                ulong at = U64(locator, 8);
                if (at > (ulong)Math.Max(0, endAt - Locator64Length - End64Length)) throw new CheckpointException("the zip64 end record lies outside the file");
                var record = new byte[End64Length];
                file.Read((long)at, record);
                if (U32(record, 0) != 0x06064B50) throw new CheckpointException("the zip64 end record is damaged");
                (count, length, start) = (Signed(U64(record, 32)), Signed(U64(record, 40)), Signed(U64(record, 48)));
                endAt = (long)at;
            }
        }
        if (start > endAt || length > endAt - start) throw new CheckpointException("the zip directory lies outside the file");
        return (start, length, count);
    }

    private static (long Packed, long Size, long Local) Sizes(ReadOnlySpan<byte> entry, int nameLength, int extraLength)
    {
        long packed = U32(entry, 20), size = U32(entry, 24), local = U32(entry, 42);
        ReadOnlySpan<byte> extra = entry.Slice(EntryLength + nameLength, extraLength);
        while (extra.Length >= 4)
        {
            int id = U16(extra, 0), length = U16(extra, 2);
            if (length > extra.Length - 4) break;
            if (id == 1)
            {
                // Only the fields that do not fit into 32 bits are present, in this order.
                ReadOnlySpan<byte> wide = extra.Slice(4, length);
                Widen(ref size, ref wide);
                Widen(ref packed, ref wide);
                Widen(ref local, ref wide);
            }
            extra = extra[(4 + length)..];
        }
        return (packed, size, local);

        static void Widen(ref long field, ref ReadOnlySpan<byte> wide)
        {
            if (field != uint.MaxValue || wide.Length < 8) return;
            field = Signed(U64(wide, 0));
            wide = wide[8..];
        }
    }

    private static long LocalData(FileBytes file, long directoryStart, long local, ReadOnlySpan<byte> name, int method)
    {
        string shown = Encoding.UTF8.GetString(name);
        if (local > directoryStart - LocalLength) throw new CheckpointException($"the zip entry {SafetensorsHeader.Quote(shown)} lies outside the file");
        Span<byte> header = stackalloc byte[LocalLength];
        file.Read(local, header);
        if (U32(header, 0) != 0x04034B50) throw new CheckpointException($"the zip entry {SafetensorsHeader.Quote(shown)} does not begin with a local header");
        int nameLength = U16(header, 26);
        long data = local + LocalLength + nameLength + U16(header, 28);
        if (data > directoryStart) throw new CheckpointException($"the zip entry {SafetensorsHeader.Quote(shown)} lies outside the file");
        var localName = new byte[nameLength];
        file.Read(local + LocalLength, localName);
        if (!name.SequenceEqual(localName) || U16(header, 8) != method)
            throw new CheckpointException($"the zip entry {SafetensorsHeader.Quote(shown)} is described differently by its local header");
        return data;
    }

    private static void CheckOverlap(List<(long Begin, long End, string Name)> ranges)
    {
        ranges.Sort(static (a, b) => a.Begin.CompareTo(b.Begin));
        for (int i = 1; i < ranges.Count; i++)
            if (ranges[i].Begin < ranges[i - 1].End)
                throw new CheckpointException(
                    $"the zip entries {SafetensorsHeader.Quote(ranges[i - 1].Name)} and {SafetensorsHeader.Quote(ranges[i].Name)} overlap");
    }

    private static int U16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static uint U32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static ulong U64(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]);

    private static long Signed(ulong value) => value <= long.MaxValue ? (long)value : throw new CheckpointException("a size in the zip directory exceeds 2^63");
}
