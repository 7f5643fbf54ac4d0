using System.Text.Json;
using LatentSharp.Graph;
using LatentSharp.Models.Autoencoders;
using LatentSharp.Tensors;
using LatentSharp.Tests.Graph;
using LatentSharp.Tests.Reference;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.Models;

/// <summary>Every module of the references, by name, against the node of that name: mean, spread, extremes and first values.</summary>
public sealed class TraceTests
{
    // The trace was computed in float64 and written with the rounding of float32 in between modules' first values.
    private const double Tolerance = 2e-6;

    /// <summary>FLUX.1 in float64 (shared/golden/flux-ae/flux-ch32-trace.json).</summary>
    [Theory]
    [InlineData("encoder")]
    [InlineData("decoder")]
    public void EveryModuleAgrees(string half)
    {
        using SafetensorsFile weights = SafetensorsFile.Open(Shared.Path("models/synthetic/flux-ch32-bf16.safetensors"));
        using JsonDocument trace = JsonDocument.Parse(File.ReadAllBytes(Shared.Path("golden/flux-ae/flux-ch32-trace.json")));
        var golden = new Golden("flux-ae/flux-ch32-io.safetensors");
        NetworkGraph graph = half == "encoder" ? AutoencoderKL.Encoder(weights, 64, 64) : AutoencoderKL.Decoder(weights, 8, 8);
        float[] input = half == "encoder" ? golden["a.image"] : Array.ConvertAll(golden["a.z"], z => (float)(z / 0.3611 + 0.1159));
        var results = new Dictionary<string, double[]>();
        ReferenceExecutor.Run(graph, input, (node, values) => results[node.Name] = values);

        JsonElement[] modules = [.. trace.RootElement.GetProperty(half).GetProperty("modules").EnumerateArray()];
        Assert.True(modules.Length > 20, $"{modules.Length} modules");
        foreach (JsonElement module in modules)
        {
            string name = module.GetProperty("name").GetString()!;
            // The reference traces the up-sampling as one module, the graph as an enlargement and a convolution.
            if (!results.TryGetValue($"{half}.{name}", out double[]? values) && !results.TryGetValue($"{half}.{name}.conv", out values))
                Assert.Fail($"no node is called {half}.{name}");
            Compare(name, module, values, Tolerance);
        }
    }

    /// <summary>
    /// DC-AE module by module in float64 (shared/golden/dc-ae). Whole levels are not nodes of the graph; the reference's normalisations
    /// have their channels last.
    /// </summary>
    [Theory]
    [InlineData("sana-f32", "encoder", 27)]
    [InlineData("sana-f32", "decoder", 33)]
    [InlineData("dc-shuffle-f8", "encoder", 18)]
    [InlineData("dc-shuffle-f8", "decoder", 16)]
    public void DeepCompressionModulesAgree(string model, string half, int least)
    {
        using SafetensorsFile weights = SafetensorsFile.Open(Shared.Path($"golden/dc-ae/{model}.safetensors"));
        using JsonDocument trace = JsonDocument.Parse(File.ReadAllBytes(Shared.Path($"golden/dc-ae/{model}-trace.json")));
        var golden = new Golden($"dc-ae/{model}-io.safetensors");
        double scale = model == "sana-f32" ? 0.41407 : 0.3189;      // scaling_factor of the configurations beside the weights
        Shape image = golden.ShapeOf("a.image"), z = golden.ShapeOf("a.z");
        NetworkGraph graph = half == "encoder" ? DeepCompressionAutoencoder.Encoder(weights, (int)image[2], (int)image[3], headChannels: 8)
            : DeepCompressionAutoencoder.Decoder(weights, (int)z[2], (int)z[3], headChannels: 8);
        var results = new Dictionary<string, (FeatureShape Shape, double[] Values)>();
        ReferenceExecutor.Run(graph, half == "encoder" ? golden["a.image"] : Array.ConvertAll(golden["a.z"], v => (float)(v / scale)),
            (node, values) => results[node.Name] = (node.Shape, values));

        int compared = 0;
        foreach (JsonProperty module in trace.RootElement.GetProperty("outputs").EnumerateObject())
        {
            // The last convolution of the encoder is traced without its shortcut, the first of the decoder likewise; so are the nodes.
            if (!results.TryGetValue(module.Name, out (FeatureShape Shape, double[] Values) found)) continue;
            int[] shape = [.. module.Value.GetProperty("shape").EnumerateArray().Select(d => d.GetInt32())];
            bool channelsLast = shape[1] != found.Shape.Channels
                || (shape[3] == found.Shape.Channels && shape[1] == found.Shape.Height
                    && module.Name.EndsWith("norm", StringComparison.Ordinal));
            Compare(module.Name, module.Value, found.Values, Tolerance, first: !channelsLast);
            compared++;
        }
        Assert.True(compared >= least, $"only {compared} modules were found by name");
    }

    /// <summary>
    /// TAEF1 and TAEF2 index by index on the CPU engine (shared/golden/tiny/trace.json), with photo-a and its latent. The reference is
    /// float64, so 2e-5 is float32's own rounding.
    /// </summary>
    [Theory]
    [InlineData("taef1", "encoder", "safetensors")]
    [InlineData("taef1", "decoder", "safetensors")]
    [InlineData("taef2", "encoder", "pth")]
    [InlineData("taef2", "decoder", "pth")]
    public void TinyModulesAgree(string model, string half, string extension)
    {
        using WeightFile file = WeightFiles.Open(Shared.Path($"models/tiny/{model}_{half}.{extension}"));
        CanonicalWeights weights = CanonicalWeights.From(file);
        using JsonDocument trace = JsonDocument.Parse(File.ReadAllBytes(Shared.Path("golden/tiny/trace.json")));
        NetworkGraph graph = half == "encoder" ? TinyAutoencoder.Encoder(weights, 256, 256) : TinyAutoencoder.Decoder(weights, 32, 32);
        float[] input = half == "encoder"
            ? Array.ConvertAll(PictureFile.Load(Shared.Path("golden/tiny/photo-a.png")).Image.Values, v => v * 0.5f + 0.5f)
            : new Golden($"tiny/{model}-io.safetensors")["a.latent"];
        Dictionary<string, Node> nodes = graph.Nodes.ToDictionary(n => n.Name);
        (string Name, JsonElement Module)[] modules = [.. trace.RootElement.GetProperty("models").GetProperty(model).GetProperty(half)
            .EnumerateArray().Select(m => (NameOf(m), m))];
        // One network whose outputs are all modules.
        var all = new NetworkGraph(model, [.. modules.Select(m => m.Name).Distinct().Select(n => new Output(n, nodes[n]))]);
        Dictionary<string, float[]> results = NetworkGraphTests.RunCpu(all, new() { [graph.Inputs[0].Name] = input });
        foreach ((string name, JsonElement module) in modules) Compare(name, module, Array.ConvertAll(results[name], v => (double)v), 2e-5);

        string NameOf(JsonElement module)
        {
            int index = module.GetProperty("index").GetInt32();
            return module.GetProperty("type").GetString() switch
            {
                "Conv2d" => $"{half}.{index}",
                "Block" => $"{half}.{index}.relu",
                "ReLU" => $"{half}.{index - 1}.relu",
                "Clamp" => "latent.tanhclamp3",
                "Upsample" => $"{half}.{index - 1}.relu.nearest",
                var other => throw new NotSupportedException(other),
            };
        }
    }

    internal static void Compare(string name, JsonElement module, double[] values, double tolerance, bool first = true)
    {
        double mean = values.Average(), spread = Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1));
        double allowed = tolerance * (values.Max() - values.Min());
        AssertNear(name, module.GetProperty("mean").GetDouble(), mean, allowed);
        AssertNear(name, module.GetProperty("std").GetDouble(), spread, allowed);
        AssertNear(name, module.GetProperty("min").GetDouble(), values.Min(), allowed);
        AssertNear(name, module.GetProperty("max").GetDouble(), values.Max(), allowed);
        int i = 0;
        foreach (JsonElement value in module.GetProperty("first8").EnumerateArray())
            if (first) AssertNear(name, value.GetDouble(), values[i++], allowed);
    }

    private static void AssertNear(string name, double expected, double found, double allowed)
        => Assert.True(Math.Abs(expected - found) <= allowed, $"{name}: expected {expected}, found {found}, allowed difference {allowed:g3}");
}
