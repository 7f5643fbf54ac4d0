using System.Buffers.Binary;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.Weights;

public class ZipDirectoryTests
{
    // torch.save writes these records for checkpoints above 4 GB (APPNOTE.TXT 6.3, 4.3.14, 4.3.15 and 4.5.3); here around a small one.
    [Fact]
    public void Zip64_records_are_understood()
    {
        using var folder = new TemporaryFolder();
        using TorchFile small = TorchFile.Open(folder.Write("small.pth", CheckpointSamples.TorchZip()));
        using TorchFile wide = TorchFile.Open(folder.Write("wide.pth", Zip64(CheckpointSamples.TorchZip())));
        Assert.Equal(small.Tensors.Keys.Order(), wide.Tensors.Keys.Order());
        Assert.Equal(small.Locate(small.Tensors["w"])! with { Path = wide.Path }, wide.Locate(wide.Tensors["w"]));
    }

    [Theory]
    [InlineData(8)]     // the locator's position of the end record
    [InlineData(-24)]   // the end record's count of entries, length and position of the directory, counted from the locator
    [InlineData(-16)]
    [InlineData(-8)]
    public void Zip64_records_that_lead_outside_are_refused(int field)
    {
        using var folder = new TemporaryFolder();
        foreach (ulong value in new[] { ulong.MaxValue, (ulong)long.MaxValue, 1UL << 40 })
        {
            byte[] archive = Zip64(CheckpointSamples.TorchZip());
            BinaryPrimitives.WriteUInt64LittleEndian(archive.AsSpan(archive.Length - 22 - 20 + field), value);
            string path = folder.Write("a.pth", archive);
            Assert.Throws<LatentSharpException>(() => TorchFile.Open(path));
        }
    }

    [Fact]
    public void A_comment_that_looks_like_an_end_record_does_not_mislead()
    {
        using var folder = new TemporaryFolder();
        byte[] archive = CheckpointSamples.TorchZip();
        byte[] comment = [.. archive[^22..], 1, 2, 3];      // its own comment length does not fit, so it is no end record
        BinaryPrimitives.WriteUInt16LittleEndian(archive.AsSpan(archive.Length - 2), (ushort)comment.Length);
        using TorchFile file = TorchFile.Open(folder.Write("a.pth", [.. archive, .. comment]));
        Assert.Equal(2, file.Tensors.Count);
    }

    // Moves every size and position into the wide records and fills the narrow fields with their marker.
    private static byte[] Zip64(byte[] archive)
    {
        int end = archive.Length - 22;
        int count = BinaryPrimitives.ReadUInt16LittleEndian(archive.AsSpan(end + 10)),
            directory = BinaryPrimitives.ReadInt32LittleEndian(archive.AsSpan(end + 16));
        List<byte> result = [.. archive[..directory]];
        for (int i = 0, at = directory; i < count; i++)
        {
            byte[] entry = archive[at..(at + 46)];
            int nameLength = BinaryPrimitives.ReadUInt16LittleEndian(entry.AsSpan(28)),
                extraLength = BinaryPrimitives.ReadUInt16LittleEndian(entry.AsSpan(30));
            uint packed = BinaryPrimitives.ReadUInt32LittleEndian(entry.AsSpan(20)),
                size = BinaryPrimitives.ReadUInt32LittleEndian(entry.AsSpan(24)),
                local = BinaryPrimitives.ReadUInt32LittleEndian(entry.AsSpan(42));
            entry.AsSpan(20, 8).Fill(0xFF);
            entry.AsSpan(42, 4).Fill(0xFF);
            BinaryPrimitives.WriteUInt16LittleEndian(entry.AsSpan(30), 28);
            result.AddRange(entry);
            result.AddRange(archive[(at + 46)..(at + 46 + nameLength)]);
            result.AddRange(
                [1, 0, 24, 0, .. BitConverter.GetBytes((ulong)size), .. BitConverter.GetBytes((ulong)packed),
                    .. BitConverter.GetBytes((ulong)local)]);
            at += 46 + nameLength + extraLength + BinaryPrimitives.ReadUInt16LittleEndian(archive.AsSpan(at + 32));
        }
        ulong length = (ulong)(result.Count - directory), record = (ulong)result.Count;
        result.AddRange(
            [0x50, 0x4B, 6, 6, .. BitConverter.GetBytes(44UL), 45, 0, 45, 0, .. new byte[8], .. BitConverter.GetBytes((ulong)count),
                .. BitConverter.GetBytes((ulong)count), .. BitConverter.GetBytes(length), .. BitConverter.GetBytes((ulong)directory)]);
        result.AddRange([0x50, 0x4B, 6, 7, .. new byte[4], .. BitConverter.GetBytes(record), 1, 0, 0, 0]);
        result.AddRange([0x50, 0x4B, 5, 6, .. new byte[4], .. Enumerable.Repeat((byte)0xFF, 12), 0, 0]);
        return [.. result];
    }
}
