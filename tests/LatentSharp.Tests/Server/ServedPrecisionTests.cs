using System.Net.Http.Headers;
using LatentSharp.Server;
using LatentSharp.Tests.CommandLine;
using LatentSharp.Tests.Vulkan;

namespace LatentSharp.Tests.Server;

/// <summary>The service computes in the mode that its operator named, or does not begin.</summary>
public sealed class ServedPrecisionTests : IDisposable
{
    private readonly Workplace place = new();

    public void Dispose() => place.Dispose();

    [Theory]
    [InlineData(Precision.Float32Fast)]
    [InlineData(Precision.Float16)]
    public async Task Encoding_gives_what_the_library_gives_in_that_mode(Precision precision)
    {
        byte[] photo = SamplePicture.Png(40, 24);
        var options = new ServerOptions { Home = place.Folder, Device = VulkanNetwork.Shared, Precision = precision };
        await using LatentServer server = LatentServer.Create(options, "http://127.0.0.1:0");
        await server.StartAsync(TestContext.Current.CancellationToken);
        using var client = new HttpClient { BaseAddress = new Uri(server.Addresses.Single()) };
        using var body = new ByteArrayContent(photo) { Headers = { ContentType = new MediaTypeHeaderValue("image/png") } };
        using HttpResponseMessage encoded = await client.PostAsync("/v1/encode", body, TestContext.Current.CancellationToken);
        float[] found = LatentFile.Load(await encoded.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)).Values;
        float[] Own(Precision mode) => EmbeddedAutoencoder.Shared.Encode(PictureFile.Load(photo).Image,
            new EncodeOptions { Compute = new ComputeOptions { Device = VulkanNetwork.Shared, Precision = mode } }).Values;
        Assert.Equal(Own(precision), found);
        Assert.NotEqual(Own(Precision.Float32), found);
        await server.StopAsync();
    }

    [Theory]
    [InlineData("fp16")]
    [InlineData("fp32-fast")]
    public void A_mode_that_the_device_has_not_is_refused_before_it_begins(string word)
        => Assert.Contains("modes of graphics cards", place.Latent("serve", "--urls", "http://127.0.0.1:0", "--precision", word).Expect(2).Error,
            StringComparison.Ordinal);
}
