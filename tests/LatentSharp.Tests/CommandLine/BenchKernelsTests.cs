using System.Text.Json;

namespace LatentSharp.Tests.CommandLine;

/// <summary><c>latent bench --kernels</c> from outside.</summary>
[Collection(CommandsCollection.Name)]
public sealed class BenchKernelsTests : IDisposable
{
    private readonly Workplace place = new();

    public void Dispose() => place.Dispose();

    /// <summary>
    /// Shares are figures over figures, and no product of matrices is faster than the units that it runs on. A 64x64 picture is computed
    /// with F(4x4, 3x3), 36 products for 144: between a quarter and all of the direct multiply-adds are done.
    /// </summary>
    [Fact]
    public void Every_kernel_has_its_share_of_what_the_machine_gives()
    {
        JsonElement r = place.Latent("bench", "--kernels", "--size", "64x64", "--repeat", "1", "--threads", "2", "--json").Expect(0).Json;
        double peak = r.GetProperty("peak_operations_per_second").GetDouble(), memory = r.GetProperty("memory_bytes_per_second").GetDouble();
        JsonElement[] kernels = [.. r.GetProperty("kernels").EnumerateArray()];
        Assert.Equal(11, kernels.Length);
        foreach (JsonElement kernel in kernels)
        {
            bool arithmetic = kernel.GetProperty("limit").GetString() == "arithmetic";
            double rate = kernel.GetProperty("per_second").GetDouble(), share = kernel.GetProperty("share_of_peak").GetDouble();
            Assert.Equal(rate / (arithmetic ? peak : memory), share, 1e-9);
            // Other work beside the tests may fall on the measurement of the peak.
            Assert.InRange(share, 0.0001, arithmetic ? 4 : 100);
        }
        JsonElement decode = r.GetProperty("picture").GetProperty("decode");
        long direct = decode.GetProperty("multiply_adds").GetInt64(), done = decode.GetProperty("multiply_adds_done").GetInt64();
        Assert.InRange(done, direct / 9, direct);
        Assert.Equal(2 * done / peak, r.GetProperty("floor_seconds").GetDouble(), 1e-9);
    }

    [Fact]
    public void The_table_is_Markdown_with_a_row_for_each()
    {
        string[] lines = place.Latent("bench", "--kernels", "--size", "64x64", "--repeat", "1").Expect(0).Output.Trim().Split('\n');
        Assert.Equal("|---|---:|---:|", lines[3].Trim());
        Assert.Equal(2 + 11 + 2, lines.Skip(4).Count(l => l.Trim().StartsWith('|') && l.Trim().EndsWith('|')));
        Assert.All(lines.Skip(2), l => Assert.Equal(4, l.Count(c => c == '|')));
    }
}
