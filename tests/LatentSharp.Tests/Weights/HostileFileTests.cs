using System.Globalization;
using System.IO.Compression;
using System.Text;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.Weights;

/// <summary>
/// Files made to cost time and memory: each is refused by a rule, after work and memory in proportion to its size. Counted, not timed.
/// </summary>
public class HostileFileTests
{
    [Fact]
    public void Reading_is_counted_and_bounded_by_the_size_of_the_file()
    {
        // The bound of docs/weights.md, 64 MB and four times the file, leaves room for the bytes themselves beside what the budget counts.
        foreach (long length in (long[])[0, 1000, 1 << 20, 1L << 30])
            Assert.InRange(new ReadingBudget(length).Total + Math.Min(length, 100_000_000), 0, 64_000_000 + 4 * length);
        var budget = new ReadingBudget(0);
        Assert.True(budget.Take(budget.Total));
        Assert.False(budget.Take(1));
    }

    [Fact]
    public void Lists_and_dictionaries_by_the_million_are_refused()
    {
        foreach (char made in "]}")
        {
            var pickle = new StringBuilder("\u0080\u0002]");
            for (int i = 0; i < 10; i++) pickle.Append('(').Append(made, 200_000).Append("la");
            Refused(Checkpoint(pickle.Append('.').ToString()), "pickle would take more than");
        }
    }

    [Fact]
    public void Integers_have_64_bits()
    {
        Refused(Checkpoint("\u0080\u0002}X\u0001\0\0\0a\u008B\u0000\u0004\0\0" + new string('\u0055', 1024) + "s."), "an integer of 1,024 bytes");
        Refused(Checkpoint("\u0080\u0002}X\u0001\0\0\0a\u008A\u0014" + new string('\u0055', 20) + "s."), "an integer of 20 bytes");
        Refused(Checkpoint($"}}S'a'\nL{new string('9', 400)}L\ns."), "more than 64 bits");
        // The largest that a seed may be.
        using TorchFile file = Opened(Checkpoint($"}}S'a'\nL{ulong.MaxValue.ToString(CultureInfo.InvariantCulture)}L\ns."));
        Assert.Equal("18446744073709551615", file.Metadata["a"]);
    }

    [Fact]
    public void What_Python_would_not_allow_is_refused()
    {
        Refused(Checkpoint("\u0080\u0004\u0095\u00FF\u00FF\u0000\0\0\0\0\0}."), "a frame of 65,535 bytes");
        Refused(Checkpoint("}(]I1\nu."), "a list, set or dictionary as its key");
        Refused(Checkpoint("}(}I1\nu."), "a list, set or dictionary as its key");
        string nested = ")" + string.Concat(Enumerable.Repeat("2\u0086", 20));      // t = (t, t), twenty times: a million leaves to hash
        Refused(Checkpoint("}(" + nested + "I1\nu."), "a tuple as its key");
    }

    [Fact]
    public void Metadata_and_tensors_out_of_proportion_are_refused()
    {
        string metadata = string.Join(',', Enumerable.Range(0, 400_000).Select(i => $"\"{i:x}\":\"\""));
        Refused(Safetensors($"{{\"__metadata__\":{{{metadata}}}}}"), "metadata would take more than");
        string tensors = string.Join(',', Enumerable.Range(0, 120_000).Select(i => $"\"{i:x}\":{{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}"));
        Refused(Safetensors($"{{{tensors}}}"), "list of tensors would take more than");
    }

    [Theory]
    [InlineData(100_000, 0, 3_000_000, "announces 100,000 metadata entries; at most")]
    [InlineData(0, 300_000, 8_000_000, "announces 300,000 tensors; at most")]
    [InlineData(0, 300_000, 1000, "announces 300,000 tensors in")]
    public void Announced_counts_size_nothing(long entries, long tensors, int length, string rule)
    {
        var bytes = new byte[length];
        Encoding.ASCII.GetBytes("GGUF").CopyTo(bytes, 0);
        BitConverter.TryWriteBytes(bytes.AsSpan(4), 3);
        BitConverter.TryWriteBytes(bytes.AsSpan(8), tensors);
        BitConverter.TryWriteBytes(bytes.AsSpan(16), entries);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Refused(("announced.gguf", bytes), rule);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2_000_000 + 4L * length);
    }

    [Theory]
    [InlineData("pickle/bigint-values.ckpt")]
    [InlineData("pickle/bigint-keys.ckpt")]
    public void Inputs_that_once_took_seconds_are_refused(string name)
    {
        LatentSharpException error = Assert.Throws<LatentSharpException>(
            () => WeightFiles.Open(Shared.Path("golden/faults/" + name)).Dispose());
        Assert.Equal(ErrorKind.BadInput, error.Kind);
    }

    private static (string Name, byte[] Bytes) Checkpoint(string pickle)
    {
        using var memory = new MemoryStream();
        using (var zip = new ZipArchive(memory, ZipArchiveMode.Create, leaveOpen: true))
        using (Stream entry = zip.CreateEntry("archive/data.pkl", CompressionLevel.NoCompression).Open())
            entry.Write(Encoding.Latin1.GetBytes(pickle));
        return ("model.ckpt", memory.ToArray());
    }

    private static (string Name, byte[] Bytes) Safetensors(string header)
        => ("model.safetensors", [.. BitConverter.GetBytes((long)header.Length), .. Encoding.ASCII.GetBytes(header)]);

    private static TorchFile Opened((string Name, byte[] Bytes) file)
    {
        using var folder = new TemporaryFolder();
        return TorchFile.Open(folder.Write(file.Name, file.Bytes));
    }

    private static void Refused((string Name, byte[] Bytes) file, string rule)
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write(file.Name, file.Bytes);
        LatentSharpException error = Assert.Throws<LatentSharpException>(() => WeightFiles.Open(path).Dispose());
        Assert.Equal((ErrorKind.BadInput, path), (error.Kind, error.Where));
        Assert.Contains(rule, error.Message, StringComparison.Ordinal);
        Assert.InRange(error.Message.Length, 1, 2000);
    }
}
