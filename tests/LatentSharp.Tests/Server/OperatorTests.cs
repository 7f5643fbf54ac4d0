using System.Text.Json;
using System.Text.RegularExpressions;

namespace LatentSharp.Tests.Server;

/// <summary>What operators put around the service: metrics, and the dashboard over them.</summary>
public sealed partial class OperatorTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task Metrics_are_text_that_Prometheus_reads()
    {
        string text = await MetricsAsync();
        Assert.Contains("# TYPE http_server_request_duration_seconds histogram", text, StringComparison.Ordinal);
        Assert.Contains("""http_route="/v1/inspect""", text, StringComparison.Ordinal);
        Assert.Contains("# TYPE latent_queue_rejected_total counter", text, StringComparison.Ordinal);
        Assert.Matches("""latent_compute_duration_seconds_bucket\{latent_urgency="interactive",le="\+Inf"\} [1-9]""", text);
        Assert.All(text.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.Matches(Line(), line));
        // Buckets only grow, and the last one is the count.
        Match[] buckets = Buckets().Matches(text).ToArray();
        Assert.NotEmpty(buckets);
        Assert.All(buckets.Zip(buckets.Skip(1)).Where(b => b.First.Groups[1].Value == b.Second.Groups[1].Value),
            b => Assert.True(long.Parse(b.First.Groups[2].Value) <= long.Parse(b.Second.Groups[2].Value)));
    }

    [Fact]
    public async Task The_dashboard_asks_for_metrics_that_there_are()
    {
        string text = await MetricsAsync();
        using JsonDocument dashboard = JsonDocument.Parse(File.ReadAllBytes(Repository.Path("deploy/grafana-dashboard.json")));
        foreach (JsonElement target in dashboard.RootElement.GetProperty("panels").EnumerateArray().SelectMany(p => p.GetProperty("targets").EnumerateArray()))
            foreach (Match name in Metric().Matches(target.GetProperty("expr").GetString()!))
                Assert.Contains(name.Value, text, StringComparison.Ordinal);
    }

    private async Task<string> MetricsAsync()
    {
        using var picture = new ByteArrayContent(SamplePicture.Png(16, 16));
        using HttpResponseMessage looked = await server.Client.PostAsync("/v1/inspect", picture);
        Assert.True(looked.IsSuccessStatusCode);
        // The request is counted when it has ended, which is after its answer.
        await Task.Delay(100);
        return await server.Client.GetStringAsync("/metrics");
    }

    [GeneratedRegex("""^(?:# (?:HELP|TYPE) .+|[a-z_]+(?:\{(?:[a-z_]+="(?:[^"\\]|\\.)*",?)*\})? -?(?:[0-9.E+-]+|NaN))$""")]
    private static partial Regex Line();

    [GeneratedRegex("""^(latent_compute_duration_seconds)_bucket\{latent_urgency="interactive",le="[^"]+"\} (\d+)$""", RegexOptions.Multiline)]
    private static partial Regex Buckets();

    [GeneratedRegex(@"\b(?:latent|http|kestrel)_[a-z_]+(?=[\[ ,)]|$)(?<!_code|_route)")]
    private static partial Regex Metric();
}
