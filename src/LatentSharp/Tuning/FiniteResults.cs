using LatentSharp.Compute;
using LatentSharp.Cpu;
using LatentSharp.Graph;

namespace LatentSharp.Tuning;

/// <summary>Finds where numbers end, when a loss is none.</summary>
internal static class FiniteResults
{
    /// <summary>The first of some operations whose result is no finite number; null where there is none.</summary>
    /// <param name="watched">The operations, in the order in which they are computed.</param>
    /// <param name="inputs">What the network is given.</param>
    /// <param name="compute">How it is computed.</param>
    public static string? FirstOther(IReadOnlyList<Node> watched, IReadOnlyDictionary<string, ReadOnlyMemory<float>> inputs,
        ComputeOptions compute)
    {
        var graph = new NetworkGraph("watched", [.. watched.Select((n, i) => new Output($"result {i}", n, Layout.ChannelsLast))]);
        Dictionary<string, float[]> found = graph.Outputs.ToDictionary(o => o.Name, o => new float[o.Shape.Count]);
        using PlanSession run = DefaultDevice.Compile(graph, compute with { MemoryBudget = null }).Start();
        run.Run(graph.Inputs.ToDictionary(i => i.Name, i => inputs[i.Name]), found.ToDictionary(f => f.Key, f => f.Value.AsMemory()));
        int first = Array.FindIndex([.. graph.Outputs.Select(o => found[o.Name])], v => Array.Exists(v, x => !float.IsFinite(x)));
        return first < 0 ? null : watched[first].Name;
    }
}
