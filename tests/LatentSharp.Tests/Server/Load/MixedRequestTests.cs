using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace LatentSharp.Tests.Server.Load;

/// <summary>
/// Many requests of all kinds, one after the other and beside one another: descriptors at the end are those after the first half, and in
/// the long form memory too.
/// </summary>
public sealed class MixedRequestTests(ITestOutputHelper output)
{
    private const int Clients = 4, LongEnough = 10_000;

    // The budget of the plans, and what the program, its runtime, pictures on their way and a heap before its next collection take beside.
    private const long Budget = 300_000_000, Beside = 400_000_000;

    // How much higher the highest of the second half may be: by chance another mixture of sizes meets.
    private const long Breath = 64_000_000;

    [Fact]
    public async Task Nothing_fails_no_descriptor_is_lost_and_memory_is_flat_in_the_long_run()
    {
        int requests = LoadLength.Of("LATENTSHARP_MIXED_REQUESTS", 400, 20_000);
        await using ServedProcess server = await ServedProcess.StartAsync("--memory", "300MB");
        var statuses = new ConcurrentDictionary<int, int>();
        long most = 0;
        await SendAsync(requests / 2);
        (long resident, int descriptors) = await RestAsync();
        output.WriteLine($"after {requests / 2:N0}: {resident / 1e6:0} MB, {most / 1e6:0} MB at most, {descriptors} descriptors");
        long before = most;
        most = 0;
        await SendAsync(requests - requests / 2);
        (long residentAfter, int descriptorsAfter) = await RestAsync();
        output.WriteLine($"after {requests:N0}: {residentAfter / 1e6:0} MB, {most / 1e6:0} MB at most, {descriptorsAfter} descriptors; "
            + string.Join(", ", statuses.OrderBy(s => s.Key).Select(s => $"{s.Value} x {s.Key}")));
        Assert.DoesNotContain(500, statuses.Keys);
        Assert.InRange(Math.Max(before, most), 0, Budget + Beside);
        // After a few hundred requests a process is still growing into its pools and kept jobs: only a long run tells.
        if (requests >= LongEnough) Assert.InRange(most, 0, before + Breath);
        Assert.InRange(descriptorsAfter, 0, descriptors + 2);
        Assert.Equal(0, await server.MetricAsync("latent_queue_running"));
        Assert.DoesNotContain("should not", server.Log, StringComparison.Ordinal);

        Task SendAsync(int count) => Task.WhenAll(Enumerable.Range(0, Clients).Select(c => Task.Run(async () =>
        {
            for (int i = c; i < count; i += Clients)
            {
                using HttpResponseMessage response = await OneAsync(server.Client, i);
                await response.Content.ReadAsByteArrayAsync();
                statuses.AddOrUpdate((int)response.StatusCode, 1, (_, n) => n + 1);
                if (i % 20 != 0) continue;
                lock (statuses) most = Math.Max(most, server.Resident);
            }
        })));

        // Until nothing runs; then memory that was only held back by the collector may be given back.
        async Task<(long, int)> RestAsync()
        {
            while (await server.MetricAsync("latent_queue_running") + await server.MetricAsync("latent_queue_waiting") > 0) await Task.Delay(100);
            await Task.Delay(2000);
            return (server.Resident, server.Descriptors);
        }
    }

    private static async Task<HttpResponseMessage> OneAsync(HttpClient client, int i)
    {
        int side = 16 + 8 * (i * 7 % 13);
        switch (i % 12)
        {
            case 0: return await client.PostAsync("/v1/encode", File(SamplePicture.Png(side, 48)));
            case 1: return await client.PostAsync("/v1/decode?format=jpeg", File(NoiseLatent.File(side / 8)));
            case 2: return await client.PostAsync("/v1/roundtrip?include=error_map", File(SamplePicture.Png(side, side)));
            case 3: return await client.PostAsync("/v1/inspect", File(NoiseLatent.File(4)));
            case 4: return await client.PostAsync("/v1/diagnose", File(SamplePicture.Png(side, 64)));
            case 5: return await client.PostAsync("/v1/check?model=flux1-dev", File(NoiseLatent.File(8)));
            case 6: return await client.GetAsync($"/v1/plan?width={side * 8}&height=256");
            case 7: return await client.GetAsync("/v1/autoencoders");
            case 8: return await client.PostAsync("/v1/decode", File(new byte[i % 97]));
            case 9:
                using (var gone = new CancellationTokenSource(5))
                    try
                    {
                        return await client.PostAsync("/v1/encode", File(SamplePicture.Png(256, 256)), gone.Token);
                    }
                    catch (OperationCanceledException)
                    {
                        return await client.GetAsync("/health/live");
                    }
            case 10:
                return await client.PostAsJsonAsync("/sdapi/v1/txt2img", new JsonObject
                {
                    ["prompt"] = "a", ["width"] = 64, ["height"] = 64, ["steps"] = 2,
                });
            default:
                if (i % 60 != 11) return await client.GetAsync(i % 24 == 11 ? "/v1/jobs" : "/");
                using (var form = new MultipartFormDataContent { { File(SamplePicture.Png(64, 64)), "pictures", "a.png" } })
                    return await client.PostAsync("/v1/report?experiments=false", form);
        }
    }

    private static ByteArrayContent File(byte[] bytes) => new(bytes);
}
