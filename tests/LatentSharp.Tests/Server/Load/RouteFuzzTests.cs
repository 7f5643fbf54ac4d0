using System.Collections.Concurrent;
using System.Text.Json;
using LatentSharp.Server;

namespace LatentSharp.Tests.Server.Load;

/// <summary>Requests of all kinds, half of them nonsense, on every route: each is answered, none with 500, and the service goes
/// on.</summary>
public sealed class RouteFuzzTests(RouteFuzzTests.Service server, ITestOutputHelper output) : IClassFixture<RouteFuzzTests.Service>
{
    private const int Clients = 8, Brief = 3000;

    private static int Requests => LoadLength.Of("LATENTSHARP_FUZZ_REQUESTS", Brief, 1_000_000);

    [Fact]
    public async Task Every_request_is_answered_and_none_with_500()
    {
        int requests = Requests, first = LoadLength.Of("LATENTSHARP_FUZZ_FIRST", 0, 0);
        IReadOnlyList<(string Method, string Pattern)> routes = server.Routes;
        var statuses = new ConcurrentDictionary<int, int>();
        var wrong = new ConcurrentQueue<string>();
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(c => Task.Run(async () =>
        {
            for (int i = first + c; i < first + requests; i += Clients) await OneAsync(i);
        })));
        output.WriteLine($"{requests:N0} requests over {routes.Count} routes: "
            + string.Join(", ", statuses.OrderBy(s => s.Key).Select(s => $"{s.Value} x {s.Key}")));
        Assert.Empty(wrong);
        Assert.Equal("Ok", await server.Client.GetStringAsync("/health/live"));

        async Task OneAsync(int number, bool again = false)
        {
            using HttpRequestMessage request = FuzzedRequest.Of(number, routes);
            try
            {
                using HttpResponseMessage response = await server.Client.SendAsync(request);
                byte[] body = await response.Content.ReadAsByteArrayAsync();
                statuses.AddOrUpdate((int)response.StatusCode, 1, (_, n) => n + 1);
                int status = (int)response.StatusCode;
                // A zero byte in a path is refused by the server below, without a document.
                if (status == 400 && body.Length == 0) return;
                if (status == 500 || status >= 400 && request.Method != HttpMethod.Head && !IsJson(body))
                    wrong.Enqueue($"{FuzzedRequest.Said(number, request)}: {(int)response.StatusCode} {System.Text.Encoding.UTF8.GetString(body)}");
            }
            catch (TaskCanceledException) when (!again)
            {
                // In a run of hours the whole machine may stand still for longer than a client waits; a request that hangs does so again.
                await OneAsync(number, again: true);
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
            {
                wrong.Enqueue($"{FuzzedRequest.Said(number, request)}: {e.Message}");
            }
        }
    }

    /// <summary>
    /// The usual service; where there are many requests, one whose model is not there and whose pictures are small: a picture that is
    /// really made takes as long as thousands of requests.
    /// </summary>
    public sealed class Service : ServerFixture
    {
        private protected override ServerOptions Options(AutoencoderLibrary library)
            => Requests <= Brief ? new ServerOptions() : new ServerOptions { Model = "absent", MaximumPixels = 128 * 128 };
    }

    private static bool IsJson(byte[] body)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            return !System.Text.Encoding.UTF8.GetString(body).Contains("   at ", StringComparison.Ordinal);
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
