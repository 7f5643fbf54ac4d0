using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using LatentSharp.Server;

namespace LatentSharp.Tests.Server;

/// <summary>
/// Who closes the connection ends the computation, and who deletes a job ends the job's, whichever route it is of. Not the clock says so
/// but the device: its work stands still at a step, the client goes, and then no other step is begun.
/// </summary>
public sealed class GoneClientTests(GoneClientTests.Service server) : IClassFixture<GoneClientTests.Service>
{
    private const string Running = "latent_queue_running", Completed = "latent_compute_duration_seconds_count";

    private const string Prompt = "\"prompt\":\"a red boat\",\"steps\":2,\"width\":64,\"height\":64";

    private static readonly byte[] Picture = SamplePicture.Png(64, 64), Latent = OfPicture(), Elements = new byte[16 * 8 * 8 * 4];

    private static readonly string Pixels = Convert.ToBase64String(Picture);

    /// <summary>What computes within its request: the route, how it is called, and with what.</summary>
    private static readonly (string Route, string Target, Func<HttpContent> Body)[] Interactive =
    [
        ("/v1/encode", "/v1/encode", () => File(Picture)),
        ("/v1/decode", "/v1/decode?format=png", () => File(Latent)),
        ("/v1/roundtrip", "/v1/roundtrip", () => File(Picture)),
        ("/v1/check", "/v1/check?autoencoder=embedded", () => File(Latent)),
        ("/v1/diagnose", "/v1/diagnose?autoencoder=embedded", () => Form("latent")),
        ("/remote-vae/{autoencoder}", "/remote-vae/embedded", () => File(Picture, "image/png")),
        ("/remote-vae/{autoencoder}", $"/remote-vae/embedded?{Shape}&output_type=pt", () => File(Elements, "tensor/binary")),
        ("/remote-vae/{autoencoder}/encode", "/remote-vae/embedded/encode", () => File(Picture, "image/png")),
        ("/remote-vae/{autoencoder}/decode", $"/remote-vae/embedded/decode?{Shape}&output_type=pt", () => File(Elements, "tensor/binary")),
        ("/sdapi/v1/txt2img", "/sdapi/v1/txt2img", () => Json($"{{{Prompt}}}")),
        ("/sdapi/v1/img2img", "/sdapi/v1/img2img", () => Json($"{{{Prompt},\"init_images\":[\"{Pixels}\"],\"denoising_strength\":1}}")),
        ("/v1/images/generations", "/v1/images/generations", () => Json("{\"prompt\":\"a red boat\",\"size\":\"64x64\"}")),
        ("/v1/images/generations", "/v1/images/generations",
            () => Json("{\"prompt\":\"a red boat\",\"size\":\"64x64\",\"stream\":true,\"partial_images\":2}")),
        ("/v1/images/edits", "/v1/images/edits", () => Form("image")),
    ];

    /// <summary>What computes as a job.</summary>
    private static readonly (string Route, string Target, Func<HttpContent> Body)[] Jobs =
    [
        ("/v1/report", "/v1/report?autoencoder=embedded&experiments=false", () => Form("pictures")),
        ("/v1/compare", "/v1/compare?autoencoders=embedded,pixels", () => Form("pictures")),
        ("/v1/generate", "/v1/generate", () => Json($"{{{Prompt}}}")),
        ("/sdcpp/v1/img_gen", "/sdcpp/v1/img_gen",
            () => Json("{\"prompt\":\"a red boat\",\"width\":64,\"height\":64,\"sample_params\":{\"sample_steps\":2}}")),
    ];

    /// <summary>What runs no network, and why; <c>convert</c> has a test of its own.</summary>
    private static readonly string[] Others =
    [
        "/v1/inspect", "/v1/plan", "/v1/convert",                                                           // looks, plans, copies
        "/v1/autoencoders", "/v1/autoencoders/{name}", "/v1/autoencoders/default",                          // the library
        "/v1/jobs", "/v1/jobs/{id}", "/v1/jobs/{id}/events", "/v1/jobs/{id}/files/{**name}", "/v1/jobs/{id}/cancel",
        "/sdcpp/v1/jobs/{id}", "/sdcpp/v1/jobs/{id}/cancel", "/sdcpp/v1/capabilities", "/sdcpp/v1/vid_gen",
        "/sdapi/v1/interrupt", "/sdapi/v1/skip", "/sdapi/v1/options", "/sdapi/v1/png-info", "/v1/models",   // words
    ];

    private const string Shape = "shape=1&shape=16&shape=8&shape=8&dtype=float32";

    public static TheoryData<int, bool> Requests()
    {
        var all = new TheoryData<int, bool>();
        for (int i = 0; i < Interactive.Length; i++)
            foreach (bool reset in (bool[])[false, true]) all.Add(i, reset);
        return all;
    }

    public static TheoryData<int, bool> JobRequests()
    {
        var all = new TheoryData<int, bool>();
        for (int i = 0; i < Jobs.Length; i++)
            foreach (bool delete in (bool[])[false, true]) all.Add(i, delete);
        return all;
    }

    /// <summary>A route that is added has to be put into one of the lists: whoever adds it thinks of its end.</summary>
    [Fact]
    public void Every_route_is_known_to_compute_or_not_to()
    {
        string[] known = [.. Interactive.Select(i => i.Route), .. Jobs.Select(j => j.Route), .. Others];
        string[] there = [.. server.Routes.Where(r => r.Method is not ("GET" or "HEAD") || Others.Contains(r.Pattern)).Select(r => r.Pattern).Distinct()];
        Assert.Equal(known.Distinct().Order(StringComparer.Ordinal), there.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task Closing_the_connection_ends_the_work_at_the_step_it_has_come_to(int request, bool reset)
    {
        (_, string target, Func<HttpContent> body) = Interactive[request];
        int units = await UnitsAsync(target, body);
        foreach (int at in (int[])[1, units / 2 + 1])
        {
            double before = await server.MetricAsync(Completed);
            GatedDevice.Gate gate = server.Gated.StandStill(at);
            using HttpContent content = body();
            byte[] bytes = await content.ReadAsByteArrayAsync();
            using (var socket = new Socket(SocketType.Stream, ProtocolType.Tcp))
            {
                await socket.ConnectAsync(IPAddress.Loopback, server.Address.Port);
                await socket.SendAsync(Encoding.ASCII.GetBytes($"POST {target} HTTP/1.1\r\nHost: localhost\r\n"
                    + $"Content-Type: {content.Headers.ContentType}\r\nContent-Length: {bytes.Length}\r\n\r\n"));
                await socket.SendAsync(bytes);
                await gate.Reached.WaitAsync(TimeSpan.FromMinutes(2));
                if (reset) socket.LingerState = new LingerOption(true, 0);
            }
            await EndedAsync(gate);
            Assert.Equal(before, await server.MetricAsync(Completed));
        }
    }

    [Theory]
    [MemberData(nameof(JobRequests))]
    public async Task Ending_a_job_ends_its_work_at_the_step_it_has_come_to(int request, bool delete)
    {
        (_, string target, Func<HttpContent> body) = Jobs[request];
        int units = await UnitsAsync(target, body);
        foreach (int at in (int[])[1, units / 2 + 1])
        {
            GatedDevice.Gate gate = server.Gated.StandStill(at);
            string id = await StartAsync(target, body);
            await gate.Reached.WaitAsync(TimeSpan.FromMinutes(2));
            using HttpResponseMessage ended = delete ? await server.Client.DeleteAsync($"/v1/jobs/{id}")
                : await server.Client.PostAsync($"/v1/jobs/{id}/cancel", null);
            Assert.True(ended.IsSuccessStatusCode);
            await EndedAsync(gate);
            Assert.Equal("cancelled", await OverAsync(id));
        }
    }

    /// <summary>A job that waits, of any kind, never begins once it is deleted.</summary>
    [Fact]
    public async Task A_job_that_waits_is_ended_before_it_begins()
    {
        GatedDevice.Gate gate = server.Gated.StandStill(1);
        using var gone = new CancellationTokenSource();
        using HttpContent content = File(Picture);
        Task<HttpResponseMessage> first = server.Client.PostAsync("/v1/encode", content, gone.Token);
        await gate.Reached.WaitAsync(TimeSpan.FromMinutes(2));
        var waiting = new List<string>();
        foreach ((_, string target, Func<HttpContent> body) in Jobs) waiting.Add(await StartAsync(target, body));
        if (Shared.Available) waiting.Add(await StartAsync("/v1/convert?autoencoder=flux&dtype=f16", () => Json("{}")));
        foreach (string id in waiting)
        {
            using HttpResponseMessage deleted = await server.Client.DeleteAsync($"/v1/jobs/{id}");
            Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
            Assert.Equal("cancelled", await OverAsync(id));
        }
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        await EndedAsync(gate);
    }

    // What a request takes when nobody disturbs it.
    private async Task<int> UnitsAsync(string target, Func<HttpContent> body)
    {
        GatedDevice.Gate free = server.Gated.StandStill(0);
        using HttpContent content = body();
        using HttpResponseMessage response = await server.Client.PostAsync(target, content);
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        if (response.StatusCode == HttpStatusCode.Accepted)
            Assert.Contains(await OverAsync((string)JsonNode.Parse(text)!["id"]!), (string[])["done", "completed"]);
        await server.WaitAsync(Running, v => v == 0);
        Assert.True(free.Units > 10, $"{target} took {free.Units} steps: it computes nothing that could be ended");
        return free.Units;
    }

    private async Task EndedAsync(GatedDevice.Gate gate)
    {
        await server.WaitAsync(Running, v => v == 0);
        Assert.True(gate.WasCancelled, "nobody told the computation that its client had gone");
        Assert.Equal((0, 0), (gate.UnitsAfter, gate.RunsAfter));
    }

    private async Task<string> StartAsync(string target, Func<HttpContent> body)
    {
        using HttpContent content = body();
        using HttpResponseMessage response = await server.Client.PostAsync(target, content);
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.Accepted, text);
        return (string)JsonNode.Parse(text)!["id"]!;
    }

    private async Task<string> OverAsync(string id)
    {
        for (int i = 0; i < 3000; i++)
        {
            string status = (string)JsonNode.Parse(await server.Client.GetStringAsync($"/v1/jobs/{id}"))!["status"]!;
            if (status is not ("queued" or "running")) return status;
            await Task.Delay(20);
        }
        return "without end";
    }

    // What is nothing but noise is told from its values, before anything is computed.
    private static byte[] OfPicture()
    {
        using Autoencoder embedded = EmbeddedAutoencoder.Shared;
        return LatentFile.ToBytes(embedded.Encode(SamplePicture.Tensor(64, 64)));
    }

    private static ByteArrayContent File(byte[] bytes, string type = "application/octet-stream")
        => new(bytes) { Headers = { ContentType = new(type) } };

    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    private static MultipartFormDataContent Form(params string[] fields)
    {
        var form = new MultipartFormDataContent { { new StringContent("a red boat"), "prompt" }, { new StringContent("64x64"), "size" } };
        foreach (string field in fields) form.Add(File(field == "latent" ? Latent : Picture), field, field);
        return form;
    }

    /// <summary>A service whose device stands still when it is told to.</summary>
    public sealed class Service : ServerFixture
    {
        internal GatedDevice Gated { get; } = new();

        private protected override ServerOptions Options(AutoencoderLibrary library) => new() { Device = Gated };
    }
}
