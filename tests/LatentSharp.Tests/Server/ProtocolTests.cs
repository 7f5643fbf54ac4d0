using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LatentSharp.Tests.Server;

/// <summary>
/// The protocols of A1111, OpenAI and stable-diffusion.cpp: what real clients send (golden/service/http-shapes.json) gets what they need.
/// Every member of a recorded answer is there and of its kind. Sizes and steps are made smaller.
/// </summary>
public sealed class ProtocolTests(PictureServerFixture server) : IClassFixture<PictureServerFixture>
{
    // These need another state than that of an idle service; tests of their own hold them to the recorded shape. "problem" is our own form.
    private static readonly string[] OwnTests =
        ["a1111-progress-busy", "a1111-error", "openai-error", "openai-edits", "openai-stream", "sdcpp-job-queued", "sdcpp-job-done", "sdcpp-job-cancelled",
            "sdcpp-queue-full", "problem"];

    /// <summary>No recorded exchange is left out: those that cannot be sent as they are stand in tests that name them.</summary>
    [Fact]
    public void Every_recorded_exchange_is_held()
    {
        string tests = string.Concat(((string[])["ProtocolTests.cs", "QueuedJobTests.cs"])
            .Select(f => File.ReadAllText(Repository.Path("tests/LatentSharp.Tests/Server/" + f))));
        Assert.All(OwnTests, name => Assert.Contains($"Example(\"{name}\")", tests, StringComparison.Ordinal));
        if (Shared.Available) Assert.Empty(OwnTests.Except(GoldenService.Names("http-shapes.json", "exchanges")));
    }

    private const string OnePixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

    public static TheoryData<string> Cases() => [.. GoldenService.Names("http-shapes.json", "exchanges").Except(OwnTests)];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_recorded_request_gets_an_answer_of_its_shape(string name)
    {
        Require();
        JsonElement exchange = GoldenService.Case("http-shapes.json", "exchanges", name);
        using var request = new HttpRequestMessage(HttpMethod.Parse(exchange.GetProperty("method").GetString()), exchange.GetProperty("path").GetString());
        if (exchange.TryGetProperty("request", out JsonElement body)) request.Content = Json(Smaller(body));
        if (exchange.TryGetProperty("headers", out JsonElement headers))
            foreach (JsonProperty header in headers.EnumerateObject().Where(h => h.Name != "Content-Type"))
                request.Headers.TryAddWithoutValidation(header.Name, header.Value.GetString());
        // What other exchanges have begun is over, or interrupted and about to be.
        if (name == "a1111-progress-idle") await UntilAsync("/sdapi/v1/progress", p => (int)p["state"]!["job_count"]! == 0);
        using HttpResponseMessage response = await server.Client.SendAsync(request);
        string text = await response.Content.ReadAsStringAsync();
        JsonElement status = exchange.GetProperty("status");
        if (status.ValueKind == JsonValueKind.String) Assert.True(response.IsSuccessStatusCode, text);
        else Assert.True((int)response.StatusCode == status.GetInt32(), $"{(int)response.StatusCode} {text}");
        if (exchange.TryGetProperty("response_example", out _)) GoldenService.RequireShape(GoldenService.Example(name), JsonNode.Parse(text), "");
    }

    [Fact]
    public async Task A1111_pictures_are_pictures_and_their_info_tells_how_they_were_made()
    {
        Require();
        JsonNode answer = await PostAsync("/sdapi/v1/txt2img", """{"prompt":"a cat","steps":2,"width":64,"height":64,"seed":7,"batch_size":2,"url":"x"}""",
            200);
        byte[][] pictures = [.. answer["images"]!.AsArray().Select(i => Convert.FromBase64String((string)i!))];
        Assert.Equal(2, pictures.Length);
        Assert.All(pictures, p => Assert.Equal((64, 64), PictureFile.Inspect(p).DisplaySize));
        JsonNode info = JsonNode.Parse((string)answer["info"]!)!;
        Assert.Equal(7, (int)info["seed"]!);
        Assert.Equal("a cat", (string?)info["prompt"]);
        // The same seed gives the same picture, and the picture says how it was made.
        JsonNode again = await PostAsync("/sdapi/v1/txt2img", """{"prompt":"a cat","steps":2,"width":64,"height":64,"seed":7,"sampler_name":"Euler"}""", 200);
        Assert.Equal(Pixels(pictures[0]), Pixels(Convert.FromBase64String((string)again["images"]![0]!)));
        JsonNode told = await PostAsync("/sdapi/v1/png-info", new JsonObject { ["image"] = Convert.ToBase64String(pictures[0]) }.ToJsonString(), 200);
        Assert.Contains("a cat", told.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Progress_is_seen_while_it_works_and_interrupt_ends_it()
    {
        Require();
        Task<JsonNode> making = PostAsync("/sdapi/v1/txt2img", """{"prompt":"a cat","steps":150,"width":256,"height":256}""", 200);
        JsonNode progress = await UntilAsync("/sdapi/v1/progress", p => (double)p["progress"]! > 0.02 && p["current_image"] is not null);
        GoldenService.RequireShape(GoldenService.Example("a1111-progress-busy"), progress, "");
        Assert.Equal(1, (int)progress["state"]!["job_count"]!);
        Assert.Equal(150, (int)progress["state"]!["sampling_steps"]!);
        await PostAsync("/sdapi/v1/interrupt", null, 200);
        Assert.Empty((await making)["images"]!.AsArray());
        JsonNode idle = await UntilAsync("/sdapi/v1/progress", p => (double)p["progress"]! == 0);

        Task<JsonNode> others = PostAsync("/v1/images/generations", """{"prompt":"a cat","size":"1024x1024","n":4}""", 503);
        await UntilAsync("/sdapi/v1/progress", p => (double)p["progress"]! > 0.02);
        await PostAsync("/sdapi/v1/interrupt", null, 200);
        Assert.Contains("Another request interrupted this", (await others).ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(0, (int)idle["state"]!["job_count"]!);
    }

    [Theory]
    [InlineData("/sdapi/v1/txt2img", """{"prompt":"x","sampler_name":"Nonsense"}""", 404)]
    [InlineData("/sdapi/v1/txt2img", """{"prompt":"x","scheduler":"nonsense"}""", 404)]
    [InlineData("/sdapi/v1/txt2img", """{"prompt":"x","enable_hr":true}""", 422)]
    [InlineData("/sdapi/v1/txt2img", """{"prompt":"x","prompt":"y"}""", 400)]
    [InlineData("/sdapi/v1/txt2img", """{"prompt":"x","width":999999}""", 400)]
    [InlineData("/sdapi/v1/txt2img", """{"prompt":"\ud800"}""", 400)]
    [InlineData("/sdapi/v1/img2img", """{"prompt":"x"}""", 422)]
    [InlineData("/sdapi/v1/img2img", """{"prompt":"x","init_images":["http://127.0.0.1:1/a.png"]}""", 400)]
    [InlineData("/sdapi/v1/img2img", """{"prompt":"x","init_images":["not base64 !"]}""", 400)]
    public async Task A1111_errors_have_their_own_shape(string path, string body, int status)
    {
        JsonNode error = await PostAsync(path, body, status);
        Assert.Equal(["error", "detail", "body", "errors"], error.AsObject().Select(m => m.Key));
        if (Shared.Available) GoldenService.RequireShape(GoldenService.Example("a1111-error"), error, "");
    }

    [Theory]
    [InlineData("0x0", 400)]
    [InlineData("1024X1024", 400)]
    [InlineData("99999x8", 400)]
    [InlineData("-8x8", 400)]
    [InlineData("1e3x1e3", 400)]
    [InlineData("1000x1000", 400)]
    [InlineData("1600x160", 400)]
    public async Task OpenAI_sizes_are_read_strictly(string size, int status)
    {
        JsonNode error = (await PostAsync("/v1/images/generations", new JsonObject { ["prompt"] = "x", ["size"] = size }.ToJsonString(), status))["error"]!;
        Assert.Equal(["message", "type", "param", "code"], error.AsObject().Select(m => m.Key));
        Assert.Equal("size", (string?)error["param"]);
        if (!Shared.Available) return;
        JsonNode example = GoldenService.Example("openai-error");
        GoldenService.RequireShape(example["error"], error, "error");
        Assert.Equal((string?)example["error"]!["type"], (string?)error["type"]);
    }

    [Fact]
    public async Task OpenAI_edits_repaint_where_the_mask_is_transparent()
    {
        Require();
        byte[] picture = SamplePicture.Png(64, 64);
        using var form = new MultipartFormDataContent
        {
            { new StringContent("a cat"), "prompt" }, { new ByteArrayContent(picture), "image[]", "photo.png" },
            { new ByteArrayContent(Convert.FromBase64String(OnePixel)), "mask", "mask.png" },
        };
        using HttpResponseMessage wrong = await server.Client.PostAsync("/v1/images/edits", form);
        Assert.Contains("mask", await wrong.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(400, (int)wrong.StatusCode);

        using var plain = new MultipartFormDataContent
        {
            { new StringContent("a cat"), "prompt" }, { new StringContent("64x64"), "size" }, { new ByteArrayContent(picture), "image", "photo.png" },
        };
        using HttpResponseMessage done = await server.Client.PostAsync("/v1/images/edits", plain);
        string text = await done.Content.ReadAsStringAsync();
        Assert.True(done.IsSuccessStatusCode, text);
        GoldenService.RequireShape(GoldenService.Example("openai-edits"), JsonNode.Parse(text), "");
        Assert.Equal((64, 64), PictureFile.Inspect(Convert.FromBase64String((string)JsonNode.Parse(text)!["data"]![0]!["b64_json"]!)).DisplaySize);
    }

    [Fact]
    public async Task OpenAI_streams_end_with_the_picture()
    {
        Require();
        using HttpContent body = Json("""{"prompt":"a cat","size":"64x64","stream":true,"partial_images":2}""");
        using HttpResponseMessage response = await server.Client.PostAsync("/v1/images/generations", body);
        string text = await response.Content.ReadAsStringAsync();
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        (string Event, JsonNode Data)[] sent = [.. text.TrimEnd().Split("\n\n").Select(Event)];
        Assert.Equal("image_generation.completed", sent[^1].Event);
        Assert.Equal((64, 64), PictureFile.Inspect(Convert.FromBase64String((string)sent[^1].Data["b64_json"]!)).DisplaySize);
        Assert.InRange(sent.Length, 1, 3);
        // Pictures on the way come where there was time for them; each event has the members of the recorded one of its name.
        (string Event, JsonNode Data)[] recorded = [.. GoldenService.Example("openai-stream").AsArray().Select(e => Event(((string)e!).TrimEnd()))];
        foreach ((string name, JsonNode data) in sent)
        {
            GoldenService.RequireShape(recorded.Single(r => r.Event == name).Data, data, name);
            Assert.Equal(name, (string?)data["type"]);
        }

        static (string, JsonNode) Event(string block)
        {
            string[] lines = block.Split('\n');
            Assert.StartsWith("event: ", lines[0], StringComparison.Ordinal);
            Assert.StartsWith("data: ", lines[1], StringComparison.Ordinal);
            return (lines[0]["event: ".Length..], JsonNode.Parse(lines[1]["data: ".Length..])!);
        }
    }

    [Fact]
    public async Task Stable_diffusion_cpp_jobs_are_polled_and_cancelled_while_they_work()
    {
        Require();
        JsonNode done = await PostAsync("/sdcpp/v1/img_gen", """{"prompt":"a cat","width":64,"height":64,"sample_params":{"sample_steps":2}}""", 202);
        JsonNode job = await UntilAsync((string)done["poll_url"]!, j => (string?)j["status"] is "completed" or "failed");
        GoldenService.RequireShape(GoldenService.Example("sdcpp-job-done"), job, "");
        Assert.Equal("completed", (string?)job["status"]);
        Assert.Equal((64, 64), PictureFile.Inspect(Convert.FromBase64String((string)job["result"]!["images"]![0]!["b64_json"]!)).DisplaySize);

        JsonNode slow = await PostAsync("/sdcpp/v1/img_gen", """{"prompt":"a cat","width":256,"height":256,"sample_params":{"sample_steps":150}}""", 202);
        await UntilAsync((string)slow["poll_url"]!, j => (string?)j["status"] == "generating");
        JsonNode cancelled = await PostAsync($"{slow["poll_url"]}/cancel", null, 200);
        GoldenService.RequireShape(GoldenService.Example("sdcpp-job-cancelled"), cancelled, "");
        Assert.Equal("cancelled", (string?)cancelled["status"]);
        Assert.Equal("cancelled", (string?)cancelled["error"]!["code"]);

        JsonNode other = await PostAsync("/sdcpp/v1/img_gen", """{"prompt":"a cat","width":256,"height":256,"sample_params":{"sample_steps":150}}""", 202);
        await UntilAsync("/sdapi/v1/progress", p => (double)p["progress"]! > 0.02);
        await PostAsync("/sdapi/v1/interrupt", null, 200);
        JsonNode interrupted = await UntilAsync((string)other["poll_url"]!, j => (string?)j["status"] is "cancelled" or "failed" or "completed");
        Assert.Equal("cancelled", (string?)interrupted["status"]);
        Assert.Equal("job not found", (string?)(await UntilAsync("/sdcpp/v1/jobs/job_0", j => j["error"] is not null))["error"]);
    }

    [Fact]
    public async Task A_generation_of_our_own_shows_the_picture_on_its_way()
    {
        Require();
        JsonNode job = await PostAsync("/v1/generate", """{"prompt":"a cat","width":64,"height":64,"steps":3,"seed":1}""", 202);
        string events = await server.Client.GetStringAsync($"/v1/jobs/{job["id"]}/events");
        Assert.Contains("event: preview", events, StringComparison.Ordinal);
        JsonNode over = await UntilAsync($"/v1/jobs/{job["id"]}", j => (string?)j["status"] is "done" or "failed");
        Assert.Equal("picture-1.png", (string?)over["files"]![0]);
        byte[] picture = await server.Client.GetByteArrayAsync($"/v1/jobs/{job["id"]}/files/picture-1.png");
        Assert.Equal((64, 64), PictureFile.Inspect(picture).DisplaySize);
    }

    private static void Require()
    {
        if (!PictureServerFixture.HasModel) Assert.Skip("the small model of the golden data is absent");
    }

    private static byte[] Pixels(byte[] file) => PictureFile.Load(file).Image.ToPixels(PixelFormat.Rgb24);

    private static StringContent Json(string body) => new(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));

    // What makes a request long: 512 x 512 pixels become 64 x 64, steps at most 2.
    private static string Smaller(JsonElement body)
    {
        JsonNode smaller = JsonNode.Parse(body.GetRawText())!;
        foreach (JsonObject members in (JsonObject[])[smaller.AsObject(), smaller["sample_params"] as JsonObject ?? []])
            foreach ((string name, int most) in ((string, int)[])[("width", 64), ("height", 64), ("steps", 2), ("sample_steps", 2)])
                if (members[name] is not null) members[name] = most;
        if (smaller["size"] is not null) smaller["size"] = "64x64";
        return smaller.ToJsonString();
    }

    private async Task<JsonNode> PostAsync(string path, string? body, int status)
    {
        using HttpContent? content = body is null ? null : Json(body);
        using HttpResponseMessage response = await server.Client.PostAsync(path, content);
        string text = await response.Content.ReadAsStringAsync();
        Assert.True((int)response.StatusCode == status, $"{(int)response.StatusCode} {text}");
        return JsonNode.Parse(text)!;
    }

    private async Task<JsonNode> UntilAsync(string path, Func<JsonNode, bool> seen)
    {
        for (int i = 0; i < 600; i++)
        {
            using HttpResponseMessage response = await server.Client.GetAsync(path);
            JsonNode document = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
            if (seen(document)) return document;
            await Task.Delay(50);
        }
        throw new TimeoutException($"{path} never came to what was waited for");
    }
}
