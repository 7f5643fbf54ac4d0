using System.Net;
using System.Text.Json.Nodes;

namespace LatentSharp.Tests.Server;

/// <summary>Long work: a job with events, files and an end; and what tells an operator how the service is.</summary>
public sealed class JobTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task A_report_is_a_job_with_events_and_files()
    {
        JsonNode job = await StartAsync("/v1/report", "autoencoder", "embedded");
        string events = await server.Client.GetStringAsync($"/v1/jobs/{job["id"]}/events");
        Assert.Contains("event: progress", events, StringComparison.Ordinal);
        JsonNode last = JsonNode.Parse(events.TrimEnd().Split("\n\n")[^1].Split("data: ")[1])!;
        Assert.Equal("done", (string?)last["status"]);
        Assert.NotNull(last["result"]!["means"]!["psnr"]);
        string[] files = [.. last["files"]!.AsArray().Select(f => (string)f!)];
        string html = files.Single(f => f.EndsWith(".html", StringComparison.Ordinal));
        using HttpResponseMessage page = await server.Client.GetAsync($"/v1/jobs/{job["id"]}/files/{html}");
        Assert.Equal("text/html", page.Content.Headers.ContentType?.MediaType);
        Assert.Contains("sandbox", page.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.DoesNotContain(Path.GetTempPath(), events, StringComparison.Ordinal);

        // Whoever comes back later goes on behind the last event it saw; whoever asks for another file gets none.
        using var later = new HttpRequestMessage(HttpMethod.Get, $"/v1/jobs/{job["id"]}/events") { Headers = { { "Last-Event-ID", "1000000" } } };
        using HttpResponseMessage nothing = await server.Client.SendAsync(later);
        Assert.Equal("", await nothing.Content.ReadAsStringAsync());
        using HttpResponseMessage other = await server.Client.GetAsync($"/v1/jobs/{job["id"]}/files/..%2f..%2fpictures");
        Assert.Equal(HttpStatusCode.NotFound, other.StatusCode);
        using HttpResponseMessage removed = await server.Client.DeleteAsync($"/v1/jobs/{job["id"]}"),
            gone = await server.Client.GetAsync($"/v1/jobs/{job["id"]}");
        Assert.Equal(HttpStatusCode.NoContent, removed.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
    }

    [Fact]
    public async Task The_same_key_is_the_same_job_and_cancelling_ends_it()
    {
        JsonNode first = await StartAsync("/v1/compare", "autoencoders", "embedded,pixels", key: "again"),
            second = await StartAsync("/v1/compare", "autoencoders", "embedded,pixels", key: "again");
        Assert.Equal((string?)first["id"], (string?)second["id"]);
        using HttpResponseMessage cancelled = await server.Client.PostAsync($"/v1/jobs/{first["id"]}/cancel", null);
        Assert.Equal(HttpStatusCode.OK, cancelled.StatusCode);
        string events = await server.Client.GetStringAsync($"/v1/jobs/{first["id"]}/events");
        Assert.Contains("\"status\":\"cancelled\"", events, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_that_cannot_be_done_says_why()
    {
        using var form = new MultipartFormDataContent { { new StringContent("embedded"), "autoencoders" },
            { new ByteArrayContent(SamplePicture.Png(32, 32)), "pictures", "a.png" } };
        using HttpResponseMessage response = await server.Client.PostAsync("/v1/compare", form);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("two autoencoders", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using HttpResponseMessage convert = await server.Client.PostAsync("/v1/convert?autoencoder=pixels", null);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, convert.StatusCode);
    }

    [Theory]
    [InlineData("/health/live", "Ok")]
    [InlineData("/livez", "Ok")]
    [InlineData("/health/ready", "\"ready\":true")]
    [InlineData("/v1/plan?width=256&height=128", "\"peak_bytes\"")]
    public async Task What_an_operator_asks_is_answered(string path, string part)
        => Assert.Contains(part, await server.Client.GetStringAsync(path), StringComparison.Ordinal);

    [Fact]
    public async Task A_picture_is_diagnosed_and_a_pair_is_checked()
    {
        using var picture = new ByteArrayContent(SamplePicture.Png(96, 64));
        using HttpResponseMessage diagnosed = await server.Client.PostAsync("/v1/diagnose", picture);
        string text = await diagnosed.Content.ReadAsStringAsync();
        Assert.False(string.IsNullOrEmpty((string?)JsonNode.Parse(text)!["headline"]), text);
        using HttpResponseMessage encoded = await server.Client.PostAsync("/v1/encode", new ByteArrayContent(SamplePicture.Png(64, 64)));
        using var latents = new ByteArrayContent(await encoded.Content.ReadAsByteArrayAsync());
        using HttpResponseMessage fits = await server.Client.PostAsync("/v1/check?model=flux1-dev", latents),
            not = await server.Client.PostAsync("/v1/check?model=sdxl", latents),
            path = await server.Client.PostAsync("/v1/check?model=/etc/passwd", latents);
        Assert.True((bool)JsonNode.Parse(await fits.Content.ReadAsStringAsync())!["compatible"]!);
        Assert.False((bool)JsonNode.Parse(await not.Content.ReadAsStringAsync())!["compatible"]!);
        Assert.Equal(HttpStatusCode.BadRequest, path.StatusCode);
    }

    private async Task<JsonNode> StartAsync(string path, string field, string autoencoders, string? key = null)
    {
        using var form = new MultipartFormDataContent
        {
            { new StringContent(autoencoders), field }, { new StringContent("false"), "experiments" },
            { new ByteArrayContent(SamplePicture.Png(64, 64)), "pictures", "a.png" }, { new ByteArrayContent(SamplePicture.Png(72, 64)), "pictures", "b.png" },
        };
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = form };
        if (key is not null) request.Headers.Add("Idempotency-Key", key);
        using HttpResponseMessage response = await server.Client.SendAsync(request);
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.Accepted, text);
        return JsonNode.Parse(text)!;
    }
}
