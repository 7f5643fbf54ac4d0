using LatentSharp.Models.Flux;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.Models.Flux;

public sealed class FluxWeightsTests
{
    [Fact]
    public void OtherArchitecturesAreNamed()
    {
        foreach ((string name, string what) in new[]
        {
            ("single_stream_modulation.lin.weight", "FLUX.2"), ("distilled_guidance_layer.in_proj.bias", "Chroma"),
            ("joint_blocks.0.x_block.attn.qkv.weight", "Stable Diffusion 3"),
            ("double_blocks.0.img_attn.qkv.weight_scale_2", "NVFP4"), ("decoder.conv_in.weight", "key_norm.scale"),
        })
        {
            var weights = new MemoryWeights();
            weights.Add(name, [1], 1);
            LatentSharpException error = Assert.Throws<LatentSharpException>(() => FluxWeights.From(weights));
            Assert.Equal(ErrorKind.Mismatch, error.Kind);
            Assert.Contains(what, error.Message, StringComparison.Ordinal);
        }
    }

    // The published sizes: specification of FLUX.1 (black-forest-labs/flux, util.py).
    [Fact]
    public void ShapesTellTheVariant()
    {
        foreach ((int channels, bool guidance, string variant) in new[] { (64, true, "FLUX.1-dev"), (64, false, "FLUX.1-schnell"),
            (384, true, "FLUX.1 Fill"), (128, true, "FLUX.1 Canny or Depth") })
        {
            FluxShapes shapes = FluxShapes.From(SmallFlux.Weights(channels, guidance));
            Assert.Equal(new FluxShapes(channels, 64, 16, 8, 64, 12, 6, 1, 1, guidance), shapes);
            Assert.Equal((variant, 2), (shapes.Variant, shapes.Heads));
            Assert.Null(shapes.Axes);
        }
    }

    /// <summary>Every layout of one model gives the same tensors, bit for bit: golden/flux-layouts.</summary>
    [Fact]
    public void LayoutsAreOneModel()
    {
        using WeightFile bfl = WeightFiles.Open(Shared.Path("golden/transformer/flux-tiny-dev.safetensors"));
        using WeightFile diffusers = WeightFiles.Open(Shared.Path("golden/flux-layouts/diffusion_pytorch_model.safetensors.index.json"));
        Same(bfl, FluxWeights.From(diffusers));
        using WeightFile parts = WeightFiles.Open(Shared.Path("golden/end-to-end/flux-tiny-e2e-schnell.safetensors"));
        using WeightFile whole = WeightFiles.Open(Shared.Path("golden/flux-layouts/flux-tiny-schnell-all-in-one.safetensors"));
        Same(parts, FluxWeights.From(whole));
        using WeightFile gguf = WeightFiles.Open(Shared.Path("golden/gguf/flux-tiny-schnell.gguf"));
        Assert.Equal(new FluxShapes(64, 64, 48, 24, 192, 32, 16, 1, 2, false), FluxShapes.From(FluxWeights.From(gguf)));

        static void Same(WeightSource expected, WeightSource actual)
        {
            Assert.Equal(expected.Tensors.Keys.Order(StringComparer.Ordinal), actual.Tensors.Keys.Order(StringComparer.Ordinal));
            foreach (TensorInfo tensor in expected.Tensors.Values)
            {
                Assert.Equal(tensor.Shape, actual.Tensors[tensor.Name].Shape);
                Assert.Equal(expected.Read(tensor), actual.Read(actual.Tensors[tensor.Name]));
            }
        }
    }

    /// <summary>Weights in eight bits, plain and with factors, decode to the values of golden/fp8/expected.</summary>
    [Theory]
    [InlineData("fp8")]
    [InlineData("scaled-fp8")]
    [InlineData("comfy-quant")]
    public void EightBitsAreDecoded(string name)
    {
        using WeightFile file = WeightFiles.Open(Shared.Path($"golden/fp8/flux-tiny-dev-{name}.safetensors"));
        using WeightFile expected = WeightFiles.Open(Shared.Path("golden/fp8/expected.safetensors"));
        WeightSource weights = FluxWeights.From(file);
        int compared = 0;
        foreach (TensorInfo tensor in expected.Tensors.Values)
        {
            if (!tensor.Name.StartsWith(name + ".", StringComparison.Ordinal)
                || !weights.Tensors.TryGetValue(tensor.Name[(name.Length + 1)..], out TensorInfo? decoded)) continue;
            Assert.Equal(expected.Read(tensor), weights.Read(decoded));
            compared++;
        }
        Assert.Equal(3, compared);
        Assert.DoesNotContain(weights.Tensors.Keys,
            n => n.Contains("scale_", StringComparison.Ordinal) || n.Contains("_quant", StringComparison.Ordinal)
            || n.Contains("fp8", StringComparison.Ordinal));
    }
}
