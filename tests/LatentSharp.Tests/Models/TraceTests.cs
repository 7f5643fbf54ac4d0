using System.Text.Json;
using LatentSharp.Graph;
using LatentSharp.Models;
using LatentSharp.Tests.Reference;
using LatentSharp.Weights;

namespace LatentSharp.Tests.Models;

/// <summary>Every module of the reference, by name, against the node of that name: mean, spread, extremes and first values (shared/golden/flux-ae/flux-ch32-trace.json).</summary>
public sealed class TraceTests
{
    // The trace was computed in float64 and written with the rounding of float32 in between modules' first values.
    private const double Tolerance = 2e-6;

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
            if (!results.TryGetValue($"{half}.{name}", out double[]? values) && !results.TryGetValue($"{half}.{name}.conv", out values)) Assert.Fail($"no node is called {half}.{name}");
            double mean = values.Average(), spread = Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1));
            double range = values.Max() - values.Min();
            AssertNear(name, module.GetProperty("mean").GetDouble(), mean, range);
            AssertNear(name, module.GetProperty("std").GetDouble(), spread, range);
            AssertNear(name, module.GetProperty("min").GetDouble(), values.Min(), range);
            AssertNear(name, module.GetProperty("max").GetDouble(), values.Max(), range);
            int i = 0;
            foreach (JsonElement first in module.GetProperty("first8").EnumerateArray()) AssertNear(name, first.GetDouble(), values[i++], range);
        }
    }

    private static void AssertNear(string name, double expected, double found, double range)
        => Assert.True(Math.Abs(expected - found) <= Tolerance * range, $"{name}: expected {expected}, found {found}");
}
