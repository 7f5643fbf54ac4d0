using CsCheck;
using LatentSharp.Latents;
using LatentSharp.Tensors;
using LatentSharp.Tests.Reference;

namespace LatentSharp.Tests.Latents;

public sealed class LatentSpaceTests
{
    /// <summary>
    /// The constants of the publishers' pipelines: black-forest-labs/flux 802fb47 util.py; diffusers vae/config.json of each model; ComfyUI
    /// latent_formats.py.
    /// </summary>
    [Theory]
    [InlineData("flux1", 16, 8, 0.3611f, 0.1159f)]
    [InlineData("sd3", 16, 8, 1.5305f, 0.0609f)]
    [InlineData("sd1", 4, 8, 0.18215f, 0f)]
    [InlineData("sdxl", 4, 8, 0.13025f, 0f)]
    [InlineData("sd-x4", 4, 4, 0.08333f, 0f)]
    [InlineData("sana", 32, 32, 0.41407f, 0f)]
    public void ConstantsAreThePublished(string id, int channels, int factor, float scale, float shift)
    {
        LatentSpace space = LatentSpace.Find(id)!;
        Assert.Equal((channels, factor, scale, shift), (space.Channels, space.Factor, space.Scale.Single(), space.Shift.Single()));
    }

    /// <summary>z = (m - mean) * 0.5 / deviation (Playground v2.5, edm_mean and edm_std).</summary>
    [Fact]
    public void PlaygroundIsNormalisedPerChannel()
    {
        var z = new float[4];
        LatentSpace.Playground25.ToDiffusion([-1.6574f + 8.4927f, 1.886f, -1.383f - 6.5498f, 2.5155f + 2 * 5.2299f], z, 1, 1);
        Assert.Equal([0.5, 0, -0.5, 1], z.Select(v => Math.Round(v, 5)));
    }

    [Fact]
    public void UnscalingUndoesScaling()
        => Gen.Select(Gen.Int[0, LatentSpace.Known.Length - 1], Gen.Int[1, 5], Gen.Int[1, 5], Gen.Int[0, 1000])
        .Sample((which, height, width, seed) =>
        {
            LatentSpace space = LatentSpace.Known[which];
            var random = new Random(seed);
            float[] model = [.. Enumerable.Range(0, space.Channels * height * width).Select(_ => (float)(random.NextDouble() * 10 - 5))];
            float[] z = new float[model.Length], back = new float[model.Length];
            space.ToDiffusion(model, z, height, width);
            space.ToModel(z, back, height, width);
            // Two roundings of values up to 10 and one of their difference from the shift.
            for (int i = 0; i < model.Length; i++) Assert.Equal(model[i], back[i], 5e-6f);
        });

    /// <summary>The packing order and the statistics of FLUX.2, against flux2 ab7cca6 (shared/golden/flux2-ae).</summary>
    [Fact]
    public void Flux2IsPackedAsTheReferenceDoes()
    {
        var golden = new Golden("flux2-ae/flux2-ch32-io.safetensors");
        Shape shape = golden.ShapeOf("a.patchified");
        int height = (int)shape[2], width = (int)shape[3];
        var packed = new float[golden["a.patchified"].Length];
        LatentSpace.Flux2.AlreadyScaled().ToDiffusion(golden["a.mean"], packed, height, width);
        Assert.Equal(golden["a.patchified"], packed);
        var unpacked = new float[packed.Length];
        LatentSpace.Flux2.AlreadyScaled().ToModel(packed, unpacked, height, width);
        Assert.Equal(golden["a.mean"], unpacked);
    }

    [Fact]
    public void SpacesAreEqualByNameAndChannels()
    {
        Assert.Equal(LatentSpace.Flux1, LatentSpace.Flux1.AlreadyScaled());
        Assert.NotEqual(LatentSpace.Flux1, LatentSpace.Sd3);
        Assert.Equal(LatentSpace.Known.Length, LatentSpace.Known.Select(s => s.Id).Distinct().Count());
        Assert.Null(LatentSpace.Find("nothing"));
    }

    /// <summary>
    /// 0.5 * (mean^2 + variance - 1 - log-variance), by hand: N(0,1) has none; mean 2 alone gives 2; variance e alone gives (e - 2) / 2.
    /// </summary>
    [Fact]
    public void TheDivergenceIsThatOfTheFormula()
    {
        Assert.Equal(0, Posterior.Divergence([0f], [0f]));
        Assert.Equal(2, Posterior.Divergence([2f], [0f]), 12);
        Assert.Equal((Math.E - 2) / 2, Posterior.Divergence([0f], [1f]), 6);
    }
}
