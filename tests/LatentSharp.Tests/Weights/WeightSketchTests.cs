using LatentSharp.Autoencoders.Conversion;
using LatentSharp.Models.Autoencoders;
using LatentSharp.Tensors;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;
using LatentSharp.Weights.Identity;

namespace LatentSharp.Tests.Weights;

public class WeightSketchTests
{
    [Fact]
    public void Rounded_copies_stay_near_and_other_weights_are_far()
    {
        Shared.Require();
        using var folder = new TemporaryFolder();
        using WeightFile full = WeightFiles.Open(Shared.Path("golden/flux-ae/flux-ch32s.safetensors"));
        WeightSketch original = WeightSketch.Of(CanonicalWeights.From(full));
        foreach (string copy in new[] { "bf16", "fp16" })
        {
            using WeightFile rounded = WeightFiles.Open(Shared.Path($"golden/flux-ae/flux-ch32s-{copy}.safetensors"));
            Assert.InRange(WeightSketch.Of(CanonicalWeights.From(rounded)).Distance(original), 0, 3);
        }
        WeightConversion.Convert(full, folder.File("f8.safetensors"),
            new WeightConversionOptions { Type = ElementType.F8_E4M3, Naming = WeightNaming.Diffusers });
        using WeightFile eight = WeightFiles.Open(folder.File("f8.safetensors"));
        Assert.InRange(WeightSketch.Of(CanonicalWeights.From(eight)).Distance(original), 0, WeightSketch.SameWithin);

        // Real weights of the same shape, trained for different latent spaces.
        int[] distances = [.. Pairs(["taesd_encoder", "taesdxl_encoder"]), .. Pairs(["taesd_decoder", "taesdxl_decoder"]),
            .. Pairs(["taesd3_encoder", "taef1_encoder"]), .. Pairs(["taesd3_decoder", "taef1_decoder"])];
        Assert.All(distances, distance => Assert.InRange(distance, 4 * WeightSketch.SameWithin, WeightSketch.Bits));

        static IEnumerable<int> Pairs(string[] names)
        {
            using WeightFile a = WeightFiles.Open(Shared.Path($"models/tiny/{names[0]}.safetensors")),
                b = WeightFiles.Open(Shared.Path($"models/tiny/{names[1]}.safetensors"));
            return [WeightSketch.Of(CanonicalWeights.From(a)).Distance(WeightSketch.Of(CanonicalWeights.From(b)))];
        }
    }

    [Fact]
    public void The_text_form_comes_back()
    {
        var weights = new MemoryWeights();
        weights.Add("w", [.. Enumerable.Range(0, 500).Select(i => MathF.Sin(i * i))], 500);
        WeightSketch sketch = WeightSketch.Of(CanonicalWeights.From(weights));
        Assert.Equal(sketch, WeightSketch.Parse(sketch.ToString()));
        Assert.NotEqual(default, sketch);
        Assert.Throws<FormatException>(() => WeightSketch.Parse("12"));
    }
}
