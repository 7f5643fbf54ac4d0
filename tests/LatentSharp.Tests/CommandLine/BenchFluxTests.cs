using System.Text.Json;

namespace LatentSharp.Tests.CommandLine;

/// <summary><c>latent bench flux</c> from outside, at full width and with few tokens.</summary>
[Collection(CommandsCollection.Name)]
public sealed class BenchFluxTests : IDisposable
{
    private readonly Workplace place = new();

    public void Dispose() => place.Dispose();

    /// <summary>
    /// Sizes of shared/spec/flux1-pipeline.md: a stream of 3,072 features, 12,288 in feed-forward layers, 19 double and 38 single blocks,
    /// 256 tokens of text in schnell. Multiply-adds: a double block has 3 + 1 + 4 + 4 matrices of 3,072 x 3,072 for each token, a single
    /// one 3 + 4 and 1 + 4 of them, and attention takes each pair of tokens twice.
    /// </summary>
    [Fact]
    public void Blocks_are_timed_and_make_a_step()
    {
        JsonElement result = place.Latent("bench", "flux", "--size", "64x64", "--repeat", "1", "--threads", "2", "--json").Expect(0).Json;
        Assert.Equal((16, 256, 4), (result.GetProperty("image_tokens").GetInt32(), result.GetProperty("text_tokens").GetInt32(),
            result.GetProperty("steps").GetInt32()));
        JsonElement[] blocks = [.. result.GetProperty("blocks").EnumerateArray()];
        const long tokens = 16 + 256, width = 3072, attention = 2 * tokens * tokens * width;
        Assert.Equal([12 * width * width * tokens + attention, 12 * width * width * tokens + attention],
            blocks.Select(b => b.GetProperty("multiply_adds").GetInt64()));
        Assert.Equal([19, 38], blocks.Select(b => b.GetProperty("count").GetInt32()));
        double step = blocks.Sum(b => b.GetProperty("count").GetInt32() * b.GetProperty("median_seconds").GetDouble());
        Assert.Equal(step, result.GetProperty("seconds_per_step").GetDouble(), 1e-9);
        Assert.Equal(4 * step, result.GetProperty("seconds").GetDouble(), 1e-9);
        Assert.All(blocks, b => Assert.InRange(b.GetProperty("share_of_peak").GetDouble(), 0.001, 1.2));
    }

    [Fact]
    public void Blocks_are_timed_in_eight_bits()
    {
        Workplace.Outcome said = place.Latent("bench", "flux", "--size", "32x32", "--repeat", "1", "--precision", "int8", "--json").Expect(0);
        Assert.Equal("int8", said.Json.GetProperty("precision").GetString());
        Assert.All(said.Json.GetProperty("blocks").EnumerateArray(), b => Assert.True(b.GetProperty("median_seconds").GetDouble() > 0));
    }

    [Theory]
    [InlineData(4, "--model", "flux9")]
    [InlineData(2, "--size", "100x100")]
    [InlineData(2, "--repeat", "0")]
    [InlineData(3, "--size", "8192x8192", "--memory", "10MB")]
    public void What_makes_no_sense_is_refused(int exitCode, params string[] arguments)
        => place.Latent(["bench", "flux", .. arguments]).Expect(exitCode);
}
