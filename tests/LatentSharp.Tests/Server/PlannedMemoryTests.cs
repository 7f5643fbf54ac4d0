using System.Net;
using System.Text.Json.Nodes;
using LatentSharp.Server;

namespace LatentSharp.Tests.Server;

/// <summary>What would take more memory than the service may is refused before it runs, whichever use case asks.</summary>
public sealed class PlannedMemoryTests(PlannedMemoryTests.Service server) : IClassFixture<PlannedMemoryTests.Service>
{
    private const long Memory = 100_000_000;

    private static readonly byte[] Small = SamplePicture.Png(64, 64), Large = SamplePicture.Png(2400, 2400);

    // Plans of the embedded autoencoder at 2400 x 2400, and the sheets and maps of such a picture, are beyond 100 MB each.
    [Theory]
    [InlineData("/v1/encode", "picture")]
    [InlineData("/v1/roundtrip", "picture")]
    [InlineData("/v1/diagnose", "picture")]
    [InlineData("/v1/diagnose?autoencoder=embedded", "picture")]
    [InlineData("/v1/report", "pictures")]
    [InlineData("/v1/compare?autoencoders=embedded,pixels", "pictures")]
    [InlineData("/remote-vae/embedded", null)]
    public async Task A_large_picture_is_refused_and_a_small_one_is_not(string target, string? field)
    {
        using HttpResponseMessage refused = await SendAsync(target, field, Large), taken = await SendAsync(target, field, Small);
        JsonNode problem = JsonNode.Parse(await refused.Content.ReadAsStringAsync())!;
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, refused.StatusCode);
        Assert.Contains("MB", (string?)problem["detail"], StringComparison.Ordinal);
        Assert.True(taken.IsSuccessStatusCode, await taken.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("/v1/inspect")]
    [InlineData("/v1/check?autoencoder=embedded")]
    [InlineData("/v1/check?model=flux1-dev")]
    [InlineData("/v1/diagnose?autoencoder=embedded", "latent")]
    [InlineData("/v1/decode")]
    public async Task A_large_latent_is_refused_and_a_small_one_is_not(string target, string? field = null)
    {
        using HttpResponseMessage refused = await SendAsync(target, field, NoiseLatent.File(640)),
            taken = await SendAsync(target, field, NoiseLatent.File(8));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, refused.StatusCode);
        Assert.True(taken.IsSuccessStatusCode, await taken.Content.ReadAsStringAsync());
    }

    private async Task<HttpResponseMessage> SendAsync(string target, string? field, byte[] file)
    {
        var content = new ByteArrayContent(file);
        using HttpContent body = field is null ? content : new MultipartFormDataContent { { content, field, "file.bin" } };
        return await server.Client.PostAsync(target, body);
    }

    /// <summary>A service with little memory.</summary>
    public sealed class Service : ServerFixture
    {
        private protected override ServerOptions Options(AutoencoderLibrary library) => new() { Memory = Memory };
    }
}
