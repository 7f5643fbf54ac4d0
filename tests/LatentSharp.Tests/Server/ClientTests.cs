using System.Net;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using LatentSharp.Client;

namespace LatentSharp.Tests.Server;

/// <summary>The C# client against the service, and against the service's own document.</summary>
public sealed class ClientTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private static readonly byte[] Photo = SamplePicture.Png(72, 56);

    private LatentClient Client => new(server.Client);

    [Fact]
    public async Task Pictures_go_there_and_back()
    {
        byte[] latent = await Client.EncodeAsync(Photo, new EncodeRequest { Autoencoder = "embedded", Name = "photo.png" });
        Latent own = EmbeddedAutoencoder.Shared.Encode(PictureFile.Load(Photo).Image);
        Assert.Equal(own.Values, LatentFile.Load(latent).Values);
        byte[] png = await Client.DecodeAsync(latent, new DecodeRequest { Format = "png" });
        Assert.Equal((72, 56), PictureFile.Inspect(png, "png").DisplaySize);
        byte[] elements = System.Runtime.InteropServices.MemoryMarshal.AsBytes(own.Values.AsSpan()).ToArray();
        byte[] raw = await Client.DecodeAsync(elements, [1, 16, own.Height, own.Width], "float32", new DecodeRequest { Format = "png" });
        Assert.Equal((72, 56), PictureFile.Inspect(raw, "png").DisplaySize);
        JsonObject trip = await Client.RoundtripAsync(Photo, include: ["error_map"]);
        Assert.StartsWith("data:image/png", (string?)trip["results"]![0]!["files"]!["error_map"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_are_looked_at_checked_and_diagnosed()
    {
        byte[] latent = await Client.EncodeAsync(SamplePicture.Png(64, 64));
        Assert.Equal("latent", (string?)(await Client.InspectAsync(latent, "a.safetensors", tensors: true))["kind"]);
        Assert.True((bool?)(await Client.CheckAsync(latent, model: "flux1-dev"))["compatible"]);
        Assert.False((bool?)(await Client.CheckAsync(null, "embedded", "sdxl", probe: false))["compatible"]);
        Assert.NotNull((await Client.DiagnoseAsync(Photo))["headline"]);
        Assert.NotNull((await Client.PlanAsync(64, 64))["decode"]);
    }

    [Fact]
    public async Task Jobs_are_followed_and_read()
    {
        ServiceJob job = await Client.WaitAsync(await Client.ReportAsync([Photo], "embedded", experiments: false));
        Assert.Equal(("report", "done"), (job.Kind, job.Status));
        string json = job.Files.Single(f => f.EndsWith("report.json", StringComparison.Ordinal));
        using JsonDocument report = JsonDocument.Parse(await Client.JobFileAsync(job.Id, json));
        Assert.Contains(await Client.JobsAsync(), j => j.Id == job.Id);
        await Client.DeleteJobAsync(job.Id);
        Assert.Equal(404, (await Assert.ThrowsAsync<LatentServiceException>(() => Client.JobAsync(job.Id))).Status);
        ServiceJob cancelled = await Client.CancelJobAsync((await Client.CompareAsync([Photo], ["embedded", "pixels"])).Id);
        await Assert.ThrowsAsync<LatentServiceException>(() => Client.WaitAsync(cancelled));
    }

    [Fact]
    public async Task A_problem_is_an_exception_that_says_what_to_do()
    {
        byte[] sdxl = LatentFile.ToBytes(new Latent(LatentSpace.Sdxl, new float[4 * 8 * 8], 1, 8, 8));
        LatentServiceException conflict = await Assert.ThrowsAsync<LatentServiceException>(() => Client.DecodeAsync(sdxl));
        Assert.Equal(409, conflict.Status);
        Assert.False(string.IsNullOrEmpty(conflict.Next));
        var odd = new GenerateRequest { Prompt = "a", Width = 17, Height = 16 };
        Assert.Equal(400, (await Assert.ThrowsAsync<LatentServiceException>(() => Client.GenerateAsync(odd))).Status);
        Assert.Equal(422, (await Assert.ThrowsAsync<LatentServiceException>(() => Client.ConvertAsync("pixels"))).Status);
        Assert.Contains(await Client.AutoencodersAsync(), a => a is { Name: "embedded", Space: "flux1" });
        Assert.Equal("embedded", (string?)(await Client.AutoencoderAsync("embedded"))["listed"]!["name"]);
        Assert.NotNull(await Client.ChooseAutoencoderAsync("embedded"));
        Assert.Equal(404, (await Assert.ThrowsAsync<LatentServiceException>(() => Client.AddAutoencoderAsync("none.safetensors", "n"))).Status);
        Assert.Equal(409, (await Assert.ThrowsAsync<LatentServiceException>(() => Client.RemoveAutoencoderAsync("embedded"))).Status);
    }

    /// <summary>
    /// Every operation of the document is a method of its name, and what all its arguments make of a request is what the document says: the
    /// method, the path, and no query that is not there, and all that are.
    /// </summary>
    [Fact]
    public async Task It_is_what_the_document_says()
    {
        using JsonDocument document = await OpenApiTests.DocumentAsync(server);
        foreach (JsonProperty path in document.RootElement.GetProperty("paths").EnumerateObject())
            foreach (JsonProperty operation in path.Value.EnumerateObject())
            {
                string id = operation.Value.GetProperty("operationId").GetString()!;
                var sent = new Recording();
                using var http = new HttpClient(sent) { BaseAddress = new Uri("http://service/") };
                MethodInfo[] methods = [.. typeof(LatentClient).GetMethods().Where(m => m.DeclaringType == typeof(LatentClient)
                    && m.Name.Equals(id + "Async", StringComparison.OrdinalIgnoreCase))];
                Assert.True(methods.Length > 0, $"the client has no method {id}");
                foreach (MethodInfo method in methods)
                {
                    object?[] samples = [.. method.GetParameters().Select(p => Sample(p.ParameterType, p.Name!))];
                    await CallAsync(method, new LatentClient(http), samples);
                }
                Assert.All(sent.Requests, r => Assert.Equal(operation.Name.ToUpperInvariant(), r.Method.Method));
                string pattern = "^" + System.Text.RegularExpressions.Regex.Replace(path.Name, @"\{[^}]*\}", "[^/]+") + "$";
                Assert.All(sent.Requests, r => Assert.Matches(pattern, r.RequestUri!.AbsolutePath));
                string[] said = operation.Value.TryGetProperty("parameters", out JsonElement all) ? [.. all.EnumerateArray()
                    .Where(p => p.GetProperty("in").GetString() == "query").Select(p => p.GetProperty("name").GetString()!)] : [];
                string[] given = [.. sent.Requests.SelectMany(r => r.RequestUri!.Query.TrimStart('?')
                    .Split('&', StringSplitOptions.RemoveEmptyEntries))
                    .Select(q => q.Split('=')[0]).Distinct()];
                Assert.Empty(given.Except(said));
                // What a file is called matters where one is sent as the body; forms name their files themselves.
                Assert.Empty(said.Except(given).Except(["name"]));
            }
    }

    private static async Task CallAsync(MethodInfo method, LatentClient client, object?[] arguments)
    {
        try
        {
            object result = method.Invoke(client, arguments)!;
            if (result is IAsyncEnumerable<ServiceEvent> events) await foreach (ServiceEvent _ in events) { }
            else await (Task)result;
        }
        catch (LatentServiceException)
        {
            // The recording answers everything with a problem.
        }
    }

    private static object? Sample(Type type, string name) => type switch
    {
        _ when type == typeof(ReadOnlyMemory<byte>) || type == typeof(ReadOnlyMemory<byte>?) => new ReadOnlyMemory<byte>([1, 2]),
        _ when type == typeof(IReadOnlyList<ReadOnlyMemory<byte>>) => new ReadOnlyMemory<byte>[] { new([1]) },
        _ when type == typeof(IReadOnlyList<string>) => new[] { "a", "b" },
        _ when type == typeof(IReadOnlyList<int>) => new[] { 1, 16, 2, 2 },
        _ when type == typeof((int, int)?) => (16, 16),
        _ when type == typeof(string) => name,
        _ when type == typeof(bool?) => true,
        _ when type == typeof(int) => 64,
        _ when type == typeof(long?) => 1L,
        _ when type == typeof(CancellationToken) => CancellationToken.None,
        _ when type == typeof(EncodeRequest) => new EncodeRequest { Autoencoder = "a", Seed = 1, Posterior = true, Dtype = "f16", Name = "n" },
        _ when type == typeof(DecodeRequest)
            => new DecodeRequest { Autoencoder = "a", Format = "png", Bits = 8, Quality = 90, IgnoreSpace = true, Name = "n" },
        _ when type == typeof(GenerateRequest) => new GenerateRequest { Prompt = "a" },
        _ => throw new ArgumentException($"no sample of {type}", nameof(type)),
    };

    private sealed class Recording : HttpMessageHandler
    {
        internal List<HttpRequestMessage> Requests { get; } = [];

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Requests.Add(request);
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.NotImplemented) { Content = new StringContent("{}") });
        }
    }
}
