using System.Diagnostics;

namespace LatentSharp.Tests.Server.Load;

/// <summary>
/// How long computing goes on once the connection is closed, by the clock; <see cref="GoneClientTests"/> counts it in steps. Judged in the
/// long form, with pictures of 2048 x 2048, which wants the machine to itself.
/// </summary>
public sealed class CancelTimeTests(ITestOutputHelper output)
{
    private const string Running = "latent_queue_running";

    // Issue 20: computation stops within 250 ms.
    private const double Most = 250;

    [Theory]
    [InlineData("/v1/encode", false)]
    [InlineData("/v1/roundtrip", false)]
    [InlineData("/v1/diagnose", false)]
    [InlineData("/v1/decode", true)]
    [InlineData("/v1/check?autoencoder=embedded", true)]
    public async Task Computing_ends_soon_after_its_client_has_gone(string target, bool latent)
    {
        int side = LoadLength.Of("LATENTSHARP_CANCEL_SIDE", 256, 2048);
        byte[] body = latent ? OfPicture(side) : SamplePicture.Png(side, side);
        await using ServedProcess server = await ServedProcess.StartAsync();
        await AloneAsync();
        double whole = await AloneAsync();
        var after = new List<double>();
        foreach (double part in (double[])[0.02, 0.1, 0.25, 0.4, 0.55, 0.7, 0.85, 0.95])
        {
            using var gone = new CancellationTokenSource();
            using var content = new ByteArrayContent(body);
            Task<HttpResponseMessage> asked = server.Client.PostAsync(target, content, gone.Token);
            while (await server.MetricAsync(Running) == 0 && !asked.IsCompleted) await Task.Delay(1);
            await Task.Delay(TimeSpan.FromSeconds(part * whole));
            if (asked.IsCompleted) continue;
            var watch = Stopwatch.StartNew();
            await gone.CancelAsync();
            while (await server.MetricAsync(Running) > 0) await Task.Delay(1);
            after.Add(watch.Elapsed.TotalMilliseconds);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
        }
        output.WriteLine($"{target} of {side} x {side}, {whole:0.0} s alone: it ended {string.Join(", ", after.Select(a => $"{a:0}"))} ms after its client");
        Assert.NotEmpty(after);
        if (side >= 2048) Assert.InRange(after.Max(), 0, Most);

        async Task<double> AloneAsync()
        {
            var watch = Stopwatch.StartNew();
            using var content = new ByteArrayContent(body);
            using HttpResponseMessage response = await server.Client.PostAsync(target, content);
            response.EnsureSuccessStatusCode();
            await response.Content.ReadAsByteArrayAsync();
            return watch.Elapsed.TotalSeconds;
        }
    }

    // What is nothing but noise is told from its values, before anything is computed.
    private static byte[] OfPicture(int side)
    {
        using Autoencoder embedded = EmbeddedAutoencoder.Shared;
        return LatentFile.ToBytes(embedded.Encode(SamplePicture.Tensor(side, side)));
    }
}
