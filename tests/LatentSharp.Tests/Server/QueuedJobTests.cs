using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using LatentSharp.Server;

namespace LatentSharp.Tests.Server;

/// <summary>Jobs that wait, a queue that is full, and problems, in the shapes of the recorded exchanges.</summary>
public sealed class QueuedJobTests(QueuedJobTests.Service server) : IClassFixture<QueuedJobTests.Service>
{
    private const int Waiting = 2;

    [Fact]
    public async Task Jobs_wait_in_their_places_and_the_next_one_finds_the_queue_full()
    {
        if (!PictureServerFixture.HasModel) Assert.Skip("golden/end-to-end is not there");
        var jobs = new List<string>();
        JsonNode? queued = null;
        HttpStatusCode status;
        do
        {
            using var body = new StringContent("""{"prompt":"a cat","width":256,"height":256,"sample_params":{"sample_steps":150}}""",
                Encoding.UTF8, "application/json");
            using HttpResponseMessage response = await server.Client.PostAsync("/sdcpp/v1/img_gen", body);
            JsonNode answer = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
            status = response.StatusCode;
            if (status == HttpStatusCode.TooManyRequests)
            {
                GoldenService.RequireShape(GoldenService.Example("sdcpp-queue-full"), answer, "");
                Assert.Equal("job queue is full", (string?)answer["error"]);
                Assert.NotNull(response.Headers.RetryAfter);
                break;
            }
            GoldenService.RequireShape(GoldenService.Example("sdcpp-submit"), answer, "");
            jobs.Add((string)answer["id"]!);
            queued = JsonNode.Parse(await server.Client.GetStringAsync((string)answer["poll_url"]!))!;
        }
        while (jobs.Count < 10);
        Assert.Equal((HttpStatusCode.TooManyRequests, Waiting + 1), (status, jobs.Count));
        GoldenService.RequireShape(GoldenService.Example("sdcpp-job-queued"), queued, "");
        Assert.Equal(("queued", Waiting), ((string?)queued!["status"], (int)queued["queue_position"]!));
        Assert.Null(queued["started"]);
        foreach (string id in jobs.AsEnumerable().Reverse())
        {
            using HttpResponseMessage cancelled = await server.Client.PostAsync($"/sdcpp/v1/jobs/{id}/cancel", null);
            Assert.True(cancelled.IsSuccessStatusCode);
        }
    }

    [Fact]
    public async Task A_problem_has_the_members_of_the_recorded_one()
    {
        byte[] file = LatentFile.ToBytes(new Latent(LatentSpace.Sdxl, new float[4 * 8 * 8], 1, 8, 8));
        using var body = new ByteArrayContent(file);
        using HttpResponseMessage response = await server.Client.PostAsync("/v1/decode", body);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        JsonNode problem = JsonNode.Parse(await response.Content.ReadAsStringAsync())!, example = GoldenService.Example("problem");
        GoldenService.RequireShape(example, problem, "");
        foreach (string same in (string[])["type", "title", "status"]) Assert.Equal(example[same]!.ToJsonString(), problem[same]!.ToJsonString());
        Assert.Equal((string?)problem["detail"], (string?)problem["error"]);
        Assert.StartsWith("urn:uuid:", (string?)problem["instance"], StringComparison.Ordinal);
    }

    /// <summary>A service in which two may wait.</summary>
    public sealed class Service : PictureServerFixture
    {
        private protected override ServerOptions Options(AutoencoderLibrary library)
            => base.Options(library) with { QueueLength = Waiting };
    }
}
