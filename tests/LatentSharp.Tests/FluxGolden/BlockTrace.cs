using System.Text.Json;
using LatentSharp.Cpu;
using LatentSharp.Graph;
using LatentSharp.Models.Flux;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.FluxGolden;

/// <summary>The blocks of a small transformer against golden/transformer/flux-tiny-*-trace.json.</summary>
internal static class BlockTrace
{
    /// <summary>Compares all rows that are nodes of the graph.</summary>
    /// <returns>How many there were.</returns>
    public static int Compare(string model)
    {
        using SafetensorsFile weights = Open($"flux-tiny-{model}.safetensors"), io = Open($"flux-tiny-{model}-io.safetensors");
        using JsonDocument trace = JsonDocument.Parse(File.ReadAllBytes(Shared.Path($"golden/transformer/flux-tiny-{model}-trace.json")));
        int tokens = (int)io.Tensors["a.img"].Shape[1], texts = (int)io.Tensors["a.txt"].Shape[1];
        NetworkGraph graph = FluxTransformer.Of(FluxWeights.From(weights), new FluxTokens(tokens, texts),
            model == "schnell" ? [8, 8, 8] : [8, 12, 12]);
        int compared = 0;
        foreach (JsonElement row in trace.RootElement.GetProperty("rows").EnumerateArray())
        {
            string name = row.GetProperty("name").GetString()!;
            string called = name.Replace("[0]", ".img_mlp", StringComparison.Ordinal).Replace("[1]", ".txt_mlp", StringComparison.Ordinal);
            Node? node = graph.Nodes.FirstOrDefault(n => n.Name == called);
            long values = row.GetProperty("shape").EnumerateArray().Aggregate(1L, (all, side) => all * side.GetInt64());
            if (node is null || node.Shape.Count != values || name == "pe_embedder") continue;
            float[] found = Run(node);
            double mean = found.Average(v => (double)v);
            double deviation = Math.Sqrt(found.Sum(v => (v - mean) * (v - mean)) / (found.Length - 1));
            double expected = row.GetProperty("std").GetDouble();
            Assert.True(Math.Abs(mean - row.GetProperty("mean").GetDouble()) < 1e-5 * expected, name + ": mean");
            Assert.True(Math.Abs(deviation / expected - 1) < 1e-5, $"{name}: deviation {deviation} for {expected}");
            int i = 0;
            foreach (JsonElement value in row.GetProperty("first8").EnumerateArray())
                Assert.True(Math.Abs(found[i] - value.GetDouble()) < 1e-5 * expected, $"{name}: value {i++}");
            compared++;
        }
        return compared;

        float[] Run(Node node)
        {
            var found = new float[node.Shape.Count];
            var part = new NetworkGraph(node.Name, new Output("out", node, Layout.ChannelsLast));
            DefaultDevice.Compile(part, new ComputeOptions { Threads = 1 }).Start().Run(
                part.Inputs.ToDictionary(p => p.Name, p => (ReadOnlyMemory<float>)io.Read(io.Tensors["a." + p.Name])),
                new Dictionary<string, Memory<float>> { ["out"] = found }, null, TestContext.Current.CancellationToken);
            return found;
        }
    }

    private static SafetensorsFile Open(string name) => SafetensorsFile.Open(Shared.Path("golden/transformer/" + name));
}
