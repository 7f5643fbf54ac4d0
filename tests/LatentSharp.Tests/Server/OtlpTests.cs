using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using LatentSharp.Tests.Server.Load;

namespace LatentSharp.Tests.Server;

/// <summary>Metrics and traces over OTLP: sent where the environment asks for them, and nowhere otherwise.</summary>
public sealed class OtlpTests
{
    [Fact]
    public async Task Metrics_and_traces_go_where_the_environment_says()
    {
        using var collector = new HttpListener();
        string address = Listen(collector);
        await using ServedProcess server = await ServedProcess.StartAsync(new Dictionary<string, string>
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = address, ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf", ["OTEL_METRIC_EXPORT_INTERVAL"] = "200",
            ["OTEL_BSP_SCHEDULE_DELAY"] = "200",
        });
        using (HttpResponseMessage made = await server.Client.PostAsync("/v1/encode?name=secret-name.png", new ByteArrayContent(SamplePicture.Png(16, 16))))
            Assert.True(made.IsSuccessStatusCode);
        var wanted = new HashSet<string>
        {
            "latent.compute.duration", "latent.queue.waiting", "http.server.request.duration", "latent.compute", "POST /v1/encode", "http.route",
        };
        var paths = new HashSet<string>();
        var patience = Stopwatch.StartNew();
        while (wanted.Count > 0)
        {
            Assert.True(patience.Elapsed < TimeSpan.FromMinutes(2), $"never sent: {string.Join(", ", wanted)}");
            HttpListenerContext sent = await collector.GetContextAsync().WaitAsync(TimeSpan.FromMinutes(2));
            using var body = new MemoryStream();
            await sent.Request.InputStream.CopyToAsync(body);
            string text = Encoding.Latin1.GetString(body.ToArray());
            wanted.RemoveWhere(w => text.Contains(w, StringComparison.Ordinal));
            Assert.DoesNotContain("secret-name", text, StringComparison.Ordinal);
            paths.Add(sent.Request.Url!.AbsolutePath);
            sent.Response.Close();
        }
        Assert.Equal(["/v1/metrics", "/v1/traces"], paths.Order());
    }

    private static string Listen(HttpListener collector)
    {
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            collector.Prefixes.Add($"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}/");
        }
        collector.Start();
        return collector.Prefixes.Single();
    }
}
