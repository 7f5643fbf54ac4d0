using System.Text.Json;
using LatentSharp.Models.Autoencoders;
using LatentSharp.Models.Pixel;
using LatentSharp.Weights;

namespace LatentSharp.Tests.CommandLine;

/// <summary><c>latent bench spaces</c>: the networks are those that are published, and the figures add up.</summary>
[Collection(CommandsCollection.Name)]
public sealed class BenchSpacesTests : IDisposable
{
    private readonly Workplace place = new();

    public void Dispose() => place.Dispose();

    /// <summary>Names and shapes of shared/spec/manifests: google/ddpm-cat-256, and the decoders of FLUX.1 and Stable Diffusion.</summary>
    [Theory]
    [InlineData("ddpm-cat-256")]
    [InlineData("flux1-ae")]
    [InlineData("sd-vae-bare")]
    public void Outlines_are_those_of_the_published_files(string manifest)
    {
        Shared.Require("spec/manifests");
        string text = File.ReadAllText(Shared.Path($"spec/manifests/{manifest}.json"));
        bool whole = manifest == "ddpm-cat-256";
        Dictionary<string, string> published = JsonDocument.Parse(text).RootElement.EnumerateObject()
            .Where(t => whole || t.Name.StartsWith("decoder.", StringComparison.Ordinal) || t.Name.StartsWith("post_q", StringComparison.Ordinal))
            .ToDictionary(t => t.Name, t => string.Join(' ', t.Value.EnumerateArray().Select(d => d.GetInt32())));
        WeightSource outline = manifest switch
        {
            "ddpm-cat-256" => UNet2DOutline.Pixels(),
            "flux1-ae" => KLOutline.Decoder("flux1", 16, convolved: false),
            _ => KLOutline.Decoder("sd1", 4, convolved: true),
        };
        Dictionary<string, string> found = outline.Tensors.Values
            .ToDictionary(t => t.Name, t => string.Join(' ', t.Shape.Dimensions.ToArray()));
        Assert.Equal(published.OrderBy(t => t.Key, StringComparer.Ordinal), found.OrderBy(t => t.Key, StringComparer.Ordinal));
    }

    /// <summary>
    /// 859,520,964 of the UNet of Stable Diffusion 1.5 (the sum over its published file), 113,673,219 of ddpm-cat-256
    /// (shared/spec/pixel-diffusion.md).
    /// </summary>
    [Fact]
    public void They_have_as_many_parameters()
        => Assert.Equal([859_520_964, 113_673_219], ((WeightSource[])[UNet2DOutline.StableDiffusion(), UNet2DOutline.Pixels()])
            .Select(o => o.Tensors.Values.Sum(t => t.Shape.ElementCount)));

    /// <summary>At 64 x 64 there are 16 x 8 x 8 values in FLUX.1's space: 16 channels, an eighth of each side.</summary>
    [Fact]
    public void What_a_picture_costs_adds_up()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("LATENTSHARP_LONG") == "1", "LATENTSHARP_LONG=1 runs networks of full size");
        JsonElement result = place.Latent("bench", "spaces", "--size", "64x64", "--json").Expect(0).Json;
        JsonElement[] ways = [.. result.GetProperty("ways").EnumerateArray()];
        Assert.Equal(["flux1-schnell", "flux1-dev", "sd15", "ddpm-cat-256, ddim", "ddpm-cat-256, ddpm"],
            ways.Select(w => w.GetProperty("model").GetString()));
        Assert.Equal([1024, 1024, 256, 12288, 12288], ways.Select(w => w.GetProperty("values").GetInt32()));
        foreach (JsonElement way in ways)
        {
            int evaluations = way.GetProperty("steps").GetInt32() * way.GetProperty("evaluations").GetInt32();
            (long count, double seconds) = Cost(way.GetProperty("step"));
            JsonElement decoder = way.GetProperty("decode");
            (long decode, double after) = decoder.ValueKind == JsonValueKind.Null ? (0, 0) : Cost(decoder);
            long text = way.GetProperty("text_multiply_adds").GetInt64();
            Assert.Equal(text + evaluations * count + decode, way.GetProperty("multiply_adds").GetInt64());
            Assert.Equal(evaluations * seconds + after, way.GetProperty("seconds").GetDouble(), 1e-6);
        }

        static (long, double) Cost(JsonElement network)
            => (network.GetProperty("multiply_adds").GetInt64(), network.GetProperty("seconds").GetDouble());
    }

    [Theory]
    [InlineData(2, "--size", "100x100")]
    [InlineData(2, "--size", "96x96")]
    [InlineData(2, "--repeat", "0")]
    public void What_makes_no_sense_is_refused(int exitCode, params string[] arguments)
        => place.Latent(["bench", "spaces", .. arguments]).Expect(exitCode);
}
