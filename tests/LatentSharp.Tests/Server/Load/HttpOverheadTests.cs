using System.Diagnostics;
using System.Globalization;

namespace LatentSharp.Tests.Server.Load;

/// <summary>
/// What HTTP costs beside the computing: the time of clients who wait for their answers, beside what the service computed by its own
/// histogram. Judged in the long form, which wants the machine to itself.
/// </summary>
public sealed class HttpOverheadTests(ITestOutputHelper output)
{
    private const string Seconds = "latent_compute_duration_seconds_sum";

    /// <summary>The latent's side, the answer, how many at the same time, and what part of the time computing has to have (issue 20: at
    /// most 3 % more at 512 x 512, at least 90 % at 64 x 64).</summary>
    [Theory]
    [InlineData(64, "raw", 1, 1 / 1.03)]
    [InlineData(64, "png", 1, 1 / 1.03)]
    [InlineData(8, "raw", 1, 0.9)]
    [InlineData(8, "png", 1, 0.9)]
    [InlineData(8, "raw", 2, 0.9)]
    public async Task Decoding_over_HTTP_takes_little_more_than_decoding(int side, string format, int clients, double least)
    {
        int requests = LoadLength.Of("LATENTSHARP_OVERHEAD_REQUESTS", 8, side > 8 ? 60 : 1000);
        await using ServedProcess server = await ServedProcess.StartAsync();
        byte[] latent = NoiseLatent.File(side);
        await DecodeAsync(Math.Max(8, requests / 10));
        double before = await server.MetricAsync(Seconds);
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, clients).Select(_ => DecodeAsync(requests / clients)));
        double all = watch.Elapsed.TotalSeconds, computed = await server.MetricAsync(Seconds) - before;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{8 * side} x {8 * side} as {format}, {clients} connections: {all / requests * 1000:0.0} ms a request, "
                + $"of which {computed / all:0.0%} computing ({(all / computed - 1):0.0%} more)"));
        Assert.InRange(computed, double.Epsilon, all);
        if (requests >= 60) Assert.InRange(computed / all, least, 1);

        async Task DecodeAsync(int count)
        {
            for (int i = 0; i < count; i++)
            {
                using var body = new ByteArrayContent(latent);
                using HttpResponseMessage response = await server.Client.PostAsync($"/v1/decode?format={format}", body);
                response.EnsureSuccessStatusCode();
                await response.Content.ReadAsByteArrayAsync();
            }
        }
    }
}
