using System.Text.Json;
using LatentSharp.Tests.CommandLine;
using LatentSharp.Weights.Files;
using LatentSharp.Weights.Identity;

namespace LatentSharp.Tests.Embedded;

/// <summary>The network on pixels that docs/experiments/latent-against-pixel.md compares with the generator in latents.</summary>
[Collection(CommandsCollection.Name)]
public sealed class PixelMiniTests : IDisposable
{
    private static readonly string Model = Repository.Path("assets/models/pixel-mini");

    private readonly Workplace place = new();

    public void Dispose() => place.Dispose();

    /// <summary>
    /// A picture by training/pixels/ship.py (PyTorch, float32, the very file, DDIM), to 1e-3 of the range, as the recipe promises: the
    /// noise of a seed is torch's here too.
    /// </summary>
    [Fact]
    public void It_draws_what_pytorch_draws_from_the_same_seed()
    {
        const string Golden = "tests/LatentSharp.Tests/Embedded/pixel-mini.golden.safetensors";
        using SafetensorsFile golden = SafetensorsFile.Open(Repository.Path(Golden));
        Assert.Equal(golden.Metadata["unet_sha256"], FileDigest.Sha256(Path.Combine(Model, "unet/diffusion_pytorch_model.safetensors")));
        place.Latent("generate", "--model", Model, "--sampler", "ddim", "--steps", golden.Metadata["steps"], "--seed", golden.Metadata["seed"],
            "--noise", "torch-fp32", "-o", "drawn.safetensors").Expect(0);
        using WeightFile drawn = WeightFiles.Open(place.File("drawn.safetensors"));
        float[] found = drawn.Read(drawn.Tensors["image"]), expected = golden.Read(golden.Tensors["image"]);
        Assert.Equal(3 * 64 * 64, found.Length);
        Assert.InRange(found.Zip(expected, (a, b) => Math.Abs(a - b)).Max(), 0, 1e-3 * (expected.Max() - expected.Min()));
    }

    /// <summary>
    /// The card speaks of the file beside it, and the comparison is fair: within a hundredth as many parameters as the generator has.
    /// </summary>
    [Fact]
    public void It_is_what_its_card_says_and_as_large_as_the_generator()
    {
        string weights = Path.Combine(Model, "unet/diffusion_pytorch_model.safetensors");
        Assert.Contains(FileDigest.Sha256(weights), File.ReadAllText(Repository.Path("assets/models/pixel-mini.md")), StringComparison.Ordinal);
        string generator = Repository.Path("assets/models/flux1-mini-generator");
        long others = new[] { "transformer/diffusion_pytorch_model", "text_encoder/model", "text_encoder_2/model" }
            .Sum(f => Parameters(Path.Combine(generator, f + ".safetensors")));
        Assert.Equal(1.0, (double)Parameters(weights) / others, 0.01);

        static long Parameters(string path)
        {
            using WeightFile file = WeightFiles.Open(path);
            return file.Tensors.Values.Sum(t => t.Shape.ElementCount);
        }
    }

    [Fact]
    public void It_is_known_as_a_model_on_pixels_that_takes_no_text()
    {
        JsonElement said = place.Latent("generate", "--model", Model, "--sampler", "ddim", "--steps", "2", "--seed", "1", "-o", "a.png", "--json")
            .Expect(0).Json;
        Assert.Contains("64 x 64", said.GetProperty("plan").GetProperty("what").GetString(), StringComparison.Ordinal);
        Assert.Contains("text", place.Latent("generate", "a red boat", "--model", Model, "-o", "b.png").Expect(2).Error, StringComparison.Ordinal);
    }
}
