using System.Text.Json;
using LatentSharp.Graph;
using LatentSharp.Models.Pixel;
using LatentSharp.Tensors;
using LatentSharp.Tests.Graph;
using LatentSharp.Tests.Reference;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;
using LatentSharp.Weights.Views;

namespace LatentSharp.Tests.Models.Pixel;

/// <summary>
/// UNets on pixels against diffusers 58eb52c in float64 (shared/golden/unet2d): <c>cifar-w32</c> under today's names, <c>cat-w32-legacy</c>
/// a torch checkpoint under the old ones, with six levels.
/// </summary>
public sealed class UNet2DTests
{
    // Case d has an amplitude of 1e-3, where float32 of the reference itself is 4e-5 of the range off (expected-stats.json).
    private const double Tolerance = 1e-4;

    private const string Reference = "diffusers 58eb52c, float64";

    public static TheoryData<string, string, string> Cases() => new()
    {
        { "cifar-w32.safetensors", "cifar-w32", "a" }, { "cifar-w32.safetensors", "cifar-w32", "b" },
        { "cifar-w32.safetensors", "cifar-w32", "c" }, { "cifar-w32.safetensors", "cifar-w32", "d" },
        { "cat-w32-legacy.bin", "cat-w32", "a" }, { "cat-w32-legacy.bin", "cat-w32", "b" }, { "cat-w32-legacy.bin", "cat-w32", "d" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Output(string file, string io, string name)
    {
        using WeightFile weights = WeightFiles.Open(Shared.Path("golden/unet2d/" + file));
        var golden = new Golden($"unet2d/{io}-io.safetensors");
        Shape shape = golden.ShapeOf(name + ".sample");
        NetworkGraph graph = UNet2D.Of(UNet2DWeights.From(weights), UNet2DSettings.Published, (int)shape[2], (int)shape[3]);
        long[] times = golden.Longs(name + ".timestep");
        var found = new List<float>();
        for (int i = 0; i < shape[0]; i++)
            found.AddRange(NetworkGraphTests.RunCpu(graph, new()
            {
                ["sample"] = golden.Picture(name + ".sample", i), ["timestep"] = [times[i % times.Length]],
            })["out"]);
        Correctness.Check($"UNet2D {io} {name} out", Reference, golden[name + ".out"], [.. found], Tolerance);
    }

    [Theory]
    [InlineData("cifar-w32.safetensors", "cifar-w32")]
    [InlineData("cat-w32-legacy.bin", "cat-w32")]
    public void Time(string file, string io)
    {
        using WeightFile weights = WeightFiles.Open(Shared.Path("golden/unet2d/" + file));
        var golden = new Golden($"unet2d/{io}-io.safetensors");
        Dictionary<string, Node> nodes = UNet2D.Of(UNet2DWeights.From(weights), UNet2DSettings.Published, 32, 32).Nodes
            .ToDictionary(n => n.Name);
        var graph = new NetworkGraph("time", new Output("sinusoid", nodes["timestep.sin_cos"], Layout.ChannelsLast),
            new Output("embedding", nodes["time_embedding.linear_2"], Layout.ChannelsLast));
        Dictionary<string, float[]>[] found = [.. golden.Longs("time.t").Select(t => NetworkGraphTests.RunCpu(graph, new() { ["timestep"] = [t] }))];
        foreach (string name in (string[])["sinusoid", "embedding"])
            Correctness.Check($"UNet2D {io} time {name}", Reference, golden["time." + name], [.. found.SelectMany(f => f[name])], 2e-6);
    }

    /// <summary>Every module by name, in float64 (cifar-w32-trace.json, cat-w32-trace.json).</summary>
    [Theory]
    [InlineData("cifar-w32.safetensors", "cifar-w32", 30)]
    [InlineData("cat-w32-legacy.bin", "cat-w32", 38)]
    public void Every_module(string file, string io, int least)
    {
        using WeightFile weights = WeightFiles.Open(Shared.Path("golden/unet2d/" + file));
        using JsonDocument trace = JsonDocument.Parse(File.ReadAllBytes(Shared.Path($"golden/unet2d/{io}-trace.json")));
        var golden = new Golden($"unet2d/{io}-io.safetensors");
        Shape shape = golden.ShapeOf("a.sample");
        var results = new Dictionary<string, double[]>();
        ReferenceExecutor.Run(UNet2D.Of(UNet2DWeights.From(weights), UNet2DSettings.Published, (int)shape[2], (int)shape[3]),
            new Dictionary<string, float[]> { ["sample"] = golden["a.sample"], ["timestep"] = [golden.Longs("a.timestep")[0]] },
            (node, values) => results[node.Name] = values);
        int compared = 0;
        foreach (JsonProperty module in trace.RootElement.GetProperty("outputs").EnumerateObject())
        {
            string name = module.Name == "time_embedding" ? "time_embedding.linear_2" : module.Name;
            if (!results.TryGetValue(name, out double[]? values) && !results.TryGetValue(name + ".conv", out values)) continue;
            TraceTests.Compare(name, module.Value, values, 2e-6);
            compared++;
        }
        Assert.True(compared >= least, $"only {compared} modules were found by name");
    }

    [Fact]
    public void Other_networks_sizes_and_configurations_are_refused()
    {
        using WeightFile weights = WeightFiles.Open(Shared.Path("golden/unet2d/cifar-w32.safetensors"));
        WeightSource unet = UNet2DWeights.From(weights);
        Refused("multiples of 8", () => UNet2D.Of(unet, UNet2DSettings.Published, 32, 20));
        var text = new MemoryWeights("text");
        text.Add("down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.weight", [1], 1);
        Refused("reads text", () => UNet2DWeights.From(text));
        Refused("time_embedding.linear_1", () => UNet2DWeights.From(new MemoryWeights("empty")));
        Refused("class_embed_type timestep", () => Configured("""{"class_embed_type": "timestep"}"""));
        Refused("time_embedding_type fourier", () => Configured("""{"time_embedding_type": "fourier"}"""));
        Refused("damaged", () => Configured("""{"norm_eps": "small"}"""));
    }

    [Fact]
    public void Configurations_have_the_defaults_of_diffusers()
    {
        Shared.Require();
        Assert.Equal(UNet2DSettings.Published with { SampleSize = (32, 32) },
            UNet2DSettings.Of(Shared.Path("golden/unet2d/cifar-w32.config.json"), new MemoryWeights("none")));
        Assert.Equal(UNet2DSettings.Published, UNet2DSettings.Of(null, new MemoryWeights("none")));
        // diffusers 58eb52c, unet_2d.py, __init__.
        Assert.Equal(new UNet2DSettings(32, 1e-5f, 8, 0, true, true), Configured("{}"));
    }

    private static UNet2DSettings Configured(string json)
        => UNet2DSettings.Of(null, new RenamedWeights("none", new Dictionary<string, string> { ["config.json"] = json }));

    private static void Refused(string part, Action act)
        => Assert.Contains(part, Assert.Throws<LatentSharpException>(act).Message, StringComparison.Ordinal);
}
