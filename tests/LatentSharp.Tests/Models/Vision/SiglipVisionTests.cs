using LatentSharp.Compute;
using LatentSharp.Cpu;
using LatentSharp.Graph;
using LatentSharp.Models.Vision;
using LatentSharp.OnnxRuntime;
using LatentSharp.Tensors;
using LatentSharp.Tests.CommandLine;
using LatentSharp.Tests.Reference;
using LatentSharp.Tests.Vulkan;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.Models.Vision;

/// <summary>SigLIP's image encoder against PyTorch: siglip-tiny.py beside this file made weights and results.</summary>
[Collection(CommandsCollection.Name)]
public sealed class SiglipVisionTests
{
    private const string Reference = "transformers 00b2065, transcribed to PyTorch 1.13";
    private const int Heads = 4;

    [Theory]
    [InlineData("two")]
    [InlineData("rest")]
    [InlineData("picture")]
    public void Pictures_become_the_tokens_of_the_reference(string name)
    {
        using SafetensorsFile weights = Open("siglip-tiny"), io = Open("siglip-tiny-io");
        Correctness.Check($"siglip {name}", Reference, Read(io, name + ".last_hidden_state"), Run(weights, io, name), 1e-5);
    }

    [Fact]
    public void On_a_card()
    {
        using SafetensorsFile weights = Open("siglip-tiny"), io = Open("siglip-tiny-io");
        Correctness.Check("vulkan siglip rest", Reference, Read(io, "rest.last_hidden_state"), Run(weights, io, "rest", VulkanNetwork.Shared), 1e-5);
    }

    [Fact]
    public void As_an_ONNX_model()
    {
        if (OnnxDevice.RuntimeVersion is null) Assert.Skip("ONNX Runtime has no native library for this system");
        using SafetensorsFile weights = Open("siglip-tiny"), io = Open("siglip-tiny-io");
        float[] expected = Read(io, "rest.last_hidden_state"), found = Run(weights, io, "rest", new OnnxDevice());
        Assert.InRange(expected.Zip(found, (a, b) => Math.Abs(a - b)).Max(), 0, 1e-5 * (expected.Max() - expected.Min()));
    }

    // Types of half the size move the result by some of their own steps; a whole checkpoint has the other half before it in the file.
    [Theory]
    [InlineData(ElementType.F16, "", 0.005)]
    [InlineData(ElementType.BF16, "", 0.03)]
    [InlineData(ElementType.F32, "conditioner.embedder.", 1e-5)]
    public void The_command_runs_files_of_every_layout(ElementType type, string prefix, double allowed)
    {
        using var place = new Workplace();
        using SafetensorsFile weights = Open("siglip-tiny"), io = Open("siglip-tiny-io");
        SafetensorsWriter.Write(place.File("vision.safetensors"), weights.Tensors.Values
            .Select(t => SafetensorsEntry.Convert(weights, t, prefix + t.Name, t.Shape, type)));
        Inputs(place, io.Tensors["two.pixel_values"].Shape, Read(io, "two.pixel_values"));
        File.WriteAllText(place.File("config.json"), $$"""{"num_attention_heads": {{Heads}}}""");
        place.Latent("run", "vision.safetensors", "--inputs", "in.safetensors", "-o", "out.safetensors", "--config", "config.json").Expect(0);
        using SafetensorsFile found = SafetensorsFile.Open(place.File("out.safetensors"));
        Assert.Equal([2, 25, 24], [.. found.Tensors["last_hidden_state"].Shape.Dimensions]);
        float[] expected = Read(io, "two.last_hidden_state"), values = Read(found, "last_hidden_state");
        Assert.InRange(expected.Zip(values, (a, b) => Math.Abs(a - b)).Max(), 0, allowed * (expected.Max() - expected.Min()));
    }

    [Fact]
    public void What_does_not_fit_is_refused_with_what_would()
    {
        using var place = new Workplace();
        Inputs(place, new Shape(1, 3, 30, 20), new float[3 * 30 * 20]);
        Refused("places for 5 x 5", "--config", "config.json");
        Inputs(place, new Shape(1, 3, 20, 20), new float[3 * 20 * 20]);
        Refused("num_attention_heads");
        string clip = Shared.Path("golden/text/clip-small.safetensors");
        Assert.Contains("SigLIP", place.Latent("run", clip, "--inputs", "in.safetensors", "-o", "o.safetensors").Expect(5).Error,
            StringComparison.Ordinal);
        Inputs(place, new Shape(1, 1, 20, 20), new float[20 * 20]);
        Refused("takes 3", "--config", "config.json");

        void Refused(string why, params string[] more)
        {
            File.WriteAllText(place.File("config.json"), $$"""{"num_attention_heads": {{Heads}}}""");
            string[] command = ["run", Path("siglip-tiny"), "--inputs", "in.safetensors", "-o", "o.safetensors", .. more];
            Assert.Contains(why, place.Latent(command).Expect(3).Error, StringComparison.Ordinal);
        }
    }

    // Shapes of sigclip_vision_patch14_384.safetensors; heads: config.json of google/siglip-so400m-patch14-384.
    [Fact]
    public void The_published_encoder_gives_729_tokens()
    {
        var w = new OutlineWeights("sigclip_vision_patch14_384", ElementType.F16);
        w.Add("vision_model.embeddings.patch_embedding.weight", 1152, 3, 14, 14);
        w.Add("vision_model.embeddings.patch_embedding.bias", 1152);
        w.Add("vision_model.embeddings.position_embedding.weight", 729, 1152);
        for (int i = 0; i < 27; i++)
        {
            string layer = $"vision_model.encoder.layers.{i}.";
            foreach (string projection in (string[])["q_proj", "k_proj", "v_proj", "out_proj"])
                w.Linear(layer + "self_attn." + projection, 1152, 1152);
            w.Linear(layer + "mlp.fc1", 4304, 1152);
            w.Linear(layer + "mlp.fc2", 1152, 4304);
            foreach (string norm in (string[])["layer_norm1", "layer_norm2"]) Norm(layer + norm);
        }
        Norm("vision_model.post_layernorm");
        NetworkGraph graph = SiglipVisionModel.Of(SiglipVisionModel.Weights(w));
        Assert.Equal(new FeatureShape(384, 384, 3), graph.Inputs[0].Shape);
        Assert.Equal((729, 1152), (graph.Outputs[0].Shape.Positions, graph.Outputs[0].Shape.Channels));
        Assert.All(graph.Nodes.OfType<Attention>(), a => Assert.Equal(16, a.Form.Heads));
        Assert.Equal(27, graph.Nodes.OfType<Attention>().Count());

        void Norm(string name)
        {
            w.Add(name + ".weight", 1152);
            w.Add(name + ".bias", 1152);
        }
    }

    private static float[] Run(WeightSource weights, SafetensorsFile io, string name, Device? device = null)
    {
        float[] pixels = Read(io, name + ".pixel_values");
        Shape shape = io.Tensors[name + ".pixel_values"].Shape;
        NetworkGraph graph = SiglipVisionModel.Of(SiglipVisionModel.Weights(weights), (int)shape[2], (int)shape[3], Heads);
        int items = (int)shape[0], given = pixels.Length / items, count = (int)graph.Outputs[0].Shape.Count;
        var found = new float[items * count];
        Plan plan = DefaultDevice.Compile(graph, new ComputeOptions { Threads = 2, Device = device });
        for (int i = 0; i < items; i++) plan.Run(pixels.AsSpan(i * given, given), found.AsSpan(i * count, count));
        return found;
    }

    private static void Inputs(Workplace place, Shape shape, float[] pixels)
        => SafetensorsWriter.Write(place.File("in.safetensors"), [SafetensorsEntry.Of("pixel_values", pixels, [.. shape.Dimensions])]);

    private static float[] Read(SafetensorsFile file, string name) => file.Read(file.Tensors[name]);

    private static SafetensorsFile Open(string name) => SafetensorsFile.Open(Path(name));

    private static string Path(string name) => Repository.Path($"tests/LatentSharp.Tests/Models/Vision/{name}.safetensors");
}
