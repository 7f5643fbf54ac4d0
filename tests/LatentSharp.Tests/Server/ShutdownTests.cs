using System.Net;
using System.Text.Json.Nodes;
using LatentSharp.Server;

namespace LatentSharp.Tests.Server;

/// <summary>A service that is told to end: the job under way is finished and seen to be, one that waits is cancelled, nothing new is
/// taken.</summary>
public sealed class ShutdownTests
{
    [Fact]
    public async Task A_job_under_way_is_finished_and_one_that_waits_is_cancelled()
    {
        DirectoryInfo home = Directory.CreateTempSubdirectory("latent-shutdown-");
        await using LatentServer server = LatentServer.Create(new ServerOptions { Home = home.FullName }, "http://127.0.0.1:0");
        await server.StartAsync();
        using var client = new HttpClient { BaseAddress = new Uri(server.Addresses.Single()) };
        string running = await StartAsync(client), waiting = await StartAsync(client);
        Task<string> first = client.GetStringAsync($"/v1/jobs/{running}/events"), second = client.GetStringAsync($"/v1/jobs/{waiting}/events");
        while ((await client.GetStringAsync($"/v1/jobs/{running}")).Contains("\"queued\"", StringComparison.Ordinal)) await Task.Delay(5);
        Task stopping = server.StopAsync();
        Assert.Equal("done", Last(await first));
        Assert.Equal("cancelled", Last(await second));
        await stopping;
        home.Delete(recursive: true);
    }

    private static string? Last(string events) => (string?)JsonNode.Parse(events.TrimEnd().Split("\n\n")[^1].Split("data: ")[1])!["status"];

    private static async Task<string> StartAsync(HttpClient client)
    {
        using var form = new MultipartFormDataContent { { new ByteArrayContent(SamplePicture.Png(512, 512)), "pictures", "a.png" } };
        using HttpResponseMessage response = await client.PostAsync("/v1/report?experiments=false&autoencoder=pixels", form);
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.Accepted, text);
        return (string)JsonNode.Parse(text)!["id"]!;
    }
}
