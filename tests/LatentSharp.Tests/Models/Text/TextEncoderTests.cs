using LatentSharp.Compute;
using LatentSharp.Cpu;
using LatentSharp.Graph;
using LatentSharp.Models.Text;
using LatentSharp.Tests.Reference;
using LatentSharp.Tests.Vulkan;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.Models.Text;

/// <summary>CLIP and T5 against transformers 4.43 in float64: golden/text.</summary>
public sealed class TextEncoderTests
{
    // Of the range of the expected values; float32 in the reference is 3e-7 of it away. The issue allows 1e-4.
    private const double Tolerance = 1e-5;

    [Theory]
    [InlineData("text/clip-w24.safetensors", "clip-w24-io", "prompts", 4, null)]
    [InlineData("text/clip-w24.safetensors", "clip-w24-io", "short", 4, null)]
    [InlineData("text/clip-w24.safetensors", "clip-w24-io", "zeropad", 4, null)]
    [InlineData("flux-layouts/flux-tiny-schnell-all-in-one.safetensors", "clip-w24-io", "prompts", 4, null)]
    [InlineData("text/clip-small.safetensors", "clip-small-legacy-io", "a", 6, null)]
    [InlineData("text/clip-small.safetensors", "clip-small-eos97-io", "a", 6, 97)]
    public void Clip(string model, string io, string name, int heads, int? end)
    {
        using WeightFile file = Open(model), expected = Open($"text/{io}.safetensors");
        Compare(Path.GetFileName(model) + (end is null ? "" : " with an end"), expected, name,
            tokens => ClipTextModel.Of(TextWeights.Clip(file), tokens, heads, end));
    }

    [Theory]
    [InlineData("text/t5-w24.safetensors", "t5-w24-io", "padded")]
    [InlineData("text/t5-w24.safetensors", "t5-w24-io", "unpadded")]
    [InlineData("text/t5-w24.safetensors", "t5-w24-io", "padded256")]
    [InlineData("text/t5-w24.safetensors", "t5-w24-io", "long512")]
    [InlineData("flux-layouts/flux-tiny-schnell-all-in-one.safetensors", "t5-w24-io", "padded")]
    [InlineData("text/t5-small.safetensors", "t5-small-io", "a")]
    [InlineData("text/t5-small.safetensors", "t5-small-io", "one")]
    [InlineData("gguf/t5-small.gguf", "t5-small-io", "a")]
    public void T5(string model, string io, string name)
    {
        using WeightFile file = Open(model), expected = Open($"text/{io}.safetensors");
        Compare(Path.GetFileName(model), expected, name, tokens => T5Encoder.Of(TextWeights.T5(file), tokens));
    }

    /// <summary>On a graphics card.</summary>
    [Fact]
    public void On_a_card()
    {
        Device card = VulkanNetwork.Shared;
        using WeightFile clip = Open("text/clip-w24.safetensors"), clipOut = Open("text/clip-w24-io.safetensors"),
            t5 = Open("text/t5-small.safetensors"), t5Out = Open("text/t5-small-io.safetensors");
        Compare("vulkan clip-w24", clipOut, "short", tokens => ClipTextModel.Of(TextWeights.Clip(clip), tokens, 4, null), card);
        Compare("vulkan t5-small", t5Out, "one", tokens => T5Encoder.Of(TextWeights.T5(t5), tokens), card);
    }

    // golden/text/t5-buckets.json: the buckets of every distance from -511 to 511 by transformers.
    [Fact]
    public void Buckets()
    {
        using var page = System.Text.Json.JsonDocument.Parse(File.ReadAllBytes(Shared.Path("golden/text/t5-buckets.json")));
        System.Text.Json.JsonElement list = page.RootElement.GetProperty("bucket");
        int[] expected = [.. list.EnumerateArray().Select(v => v.GetInt32())];
        var weights = new MemoryWeights();
        weights.Add("b.weight", new float[64], 32, 2);
        var bias = new RelativeBias("b", new WeightScope(weights, "b").Take("weight", 32, 2), 4, 128);
        Assert.Equal(expected, Enumerable.Range(-511, 1023).Select(bias.Bucket));
    }

    [Fact]
    public void Files_without_an_encoder_are_refused_by_name()
    {
        using WeightFile clip = Open("text/clip-small.safetensors"), t5 = Open("text/t5-small.safetensors");
        Assert.Contains("T5", Assert.Throws<LatentSharpException>(() => TextWeights.T5(clip)).Message, StringComparison.Ordinal);
        Assert.Contains("CLIP", Assert.Throws<LatentSharpException>(() => TextWeights.Clip(t5)).Message, StringComparison.Ordinal);
        var tooLong = Assert.Throws<LatentSharpException>(() => ClipTextModel.Of(TextWeights.Clip(clip), 78, 6));
        Assert.Contains("1 to 77", tooLong.Message, StringComparison.Ordinal);
    }

    private static void Compare(string what, WeightSource expected, string name, Func<int, NetworkGraph> build, Device? device = null)
    {
        TensorInfo ids = expected.Tensors[name + ".input_ids"];
        int texts = (int)ids.Shape[0], tokens = (int)ids.Shape[1];
        float[] all = Ids(expected, ids);
        NetworkGraph graph = build(tokens);
        using PlanSession session = DefaultDevice.Compile(graph, new ComputeOptions { Threads = 2, Device = device }).Start();
        for (int text = 0; text < texts; text++)
        {
            Dictionary<string, float[]> found = graph.Outputs.ToDictionary(o => o.Name, o => new float[o.Shape.Count]);
            session.Run(new Dictionary<string, ReadOnlyMemory<float>> { ["input_ids"] = all.AsMemory(text * tokens, tokens) },
                found.ToDictionary(p => p.Key, p => (Memory<float>)p.Value), cancellationToken: TestContext.Current.CancellationToken);
            foreach ((string output, float[] values) in found)
            {
                float[] wanted = expected.Read(expected.Tensors[$"{name}.{output}"]).AsSpan(text * values.Length, values.Length).ToArray();
                Correctness.Check($"text {what} {name}.{output} {text}", "transformers 4.43, float64", wanted, values, Tolerance);
            }
        }
    }

    private static float[] Ids(WeightSource source, TensorInfo ids)
    {
        var bytes = new byte[ids.Shape.ElementCount * sizeof(long)];
        source.ReadBytes(ids, 0, bytes);
        return [.. Enumerable.Range(0, (int)ids.Shape.ElementCount).Select(i => (float)BitConverter.ToInt64(bytes, i * sizeof(long)))];
    }

    private static WeightFile Open(string relative) => WeightFiles.Open(Shared.Path("golden/" + relative));
}
