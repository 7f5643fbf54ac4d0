using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;

namespace LatentSharp.Tests.Server.Load;

/// <summary>Four times as many clients as the service has room for: some are told to come again, all others are served, within the
/// plan.</summary>
public sealed class OverloadTests(ITestOutputHelper output)
{
    // One computes and seven wait; four times as many ask without a pause.
    private const int Queue = 7, Clients = 4 * (Queue + 1), Megabytes = 400;

    private static readonly string[] Targets = ["/v1/encode", "/v1/roundtrip", "/v1/diagnose"];

    // What the program, its runtime and the pictures that go in and out take beside the plans.
    private const long Beside = 250_000_000;

    [Fact]
    public async Task Nothing_fails_but_with_429_and_memory_stays_within_the_plan()
    {
        int seconds = LoadLength.Of("LATENTSHARP_LOAD_SECONDS", 10, 600);
        await using ServedProcess server = await ServedProcess.StartAsync("--queue", $"{Queue}", "--memory", $"{Megabytes}MB");
        byte[][] pictures = [SamplePicture.Png(64, 64), SamplePicture.Png(256, 192), SamplePicture.Png(384, 384)];
        byte[][] latents = [NoiseLatent.File(8), NoiseLatent.File(32), NoiseLatent.File(48)];
        double alone = await AloneAsync(server, latents[1]);
        long before = server.Resident, most = 0;
        double planned = 0;
        var statuses = new ConcurrentDictionary<string, int>();
        var admitted = new ConcurrentBag<double>();
        var end = Stopwatch.StartNew();
        Task[] clients = [.. Enumerable.Range(0, Clients).Select(ClientAsync)];
        while (end.Elapsed.TotalSeconds < seconds)
        {
            most = Math.Max(most, server.Resident);
            planned = Math.Max(planned, await server.MetricAsync("latent_queue_planned_memory_bytes"));
            await Task.Delay(100);
        }
        await Task.WhenAll(clients);

        double[] sorted = [.. admitted.Order()];
        output.WriteLine($"{seconds} s, {Clients} clients: {string.Join(", ", statuses.OrderBy(s => s.Key).Select(s => $"{s.Value} x {s.Key}"))}");
        output.WriteLine($"alone {alone * 1000:0} ms; admitted p50 {sorted[sorted.Length / 2] * 1000:0} ms, "
            + $"p99 {sorted[sorted.Length * 99 / 100] * 1000:0} ms");
        output.WriteLine($"resident {before / 1e6:0} MB before, {most / 1e6:0} MB at most; planned {planned / 1e6:0} MB at most of {Megabytes}");
        Assert.Equal(["200", "429"], statuses.Keys.Order());
        Assert.InRange(planned, 1, Megabytes * 1e6);
        Assert.InRange(most, 0, Megabytes * 1_000_000L + Beside);
        Assert.DoesNotContain("should not", server.Log, StringComparison.Ordinal);

        async Task ClientAsync(int client)
        {
            var random = new Random(client);
            while (end.Elapsed.TotalSeconds < seconds)
            {
                bool encode = random.Next(2) == 0;
                using var body = new ByteArrayContent((encode ? pictures : latents)[random.Next(3)]);
                string target = encode ? Targets[random.Next(Targets.Length)] : "/v1/decode";
                var watch = Stopwatch.StartNew();
                using HttpResponseMessage response = await server.Client.PostAsync(target, body);
                await response.Content.ReadAsByteArrayAsync();
                statuses.AddOrUpdate($"{(int)response.StatusCode}", 1, (_, n) => n + 1);
                if (response.IsSuccessStatusCode) admitted.Add(watch.Elapsed.TotalSeconds);
                // A client that comes again at once, not when it was told to, but does not spin either.
                else await Task.Delay(20);
                if (response.StatusCode == HttpStatusCode.TooManyRequests) Assert.NotNull(response.Headers.RetryAfter);
            }
        }
    }

    private static async Task<double> AloneAsync(ServedProcess server, byte[] latent)
    {
        var watch = new Stopwatch();
        for (int i = 0; i < 4; i++)
        {
            watch.Restart();
            using var body = new ByteArrayContent(latent);
            using HttpResponseMessage response = await server.Client.PostAsync("/v1/decode", body);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }
        return watch.Elapsed.TotalSeconds;
    }
}
