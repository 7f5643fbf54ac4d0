using System.Buffers;
using System.Collections.Immutable;
using LatentSharp.Graph;

namespace LatentSharp.Compute;

/// <summary>
/// The caller's memory for every input and output of a graph, checked against it and held in place while a run reads and writes it.
/// </summary>
internal sealed unsafe class Binding : IDisposable
{
    private readonly MemoryHandle[] handles;

    /// <exception cref="ArgumentException">A name is missing or unknown, or a length does not fit.</exception>
    public Binding(NetworkGraph graph, IReadOnlyDictionary<string, ReadOnlyMemory<float>> inputs,
        IReadOnlyDictionary<string, Memory<float>> outputs)
    {
        Check(graph.Name, "input", graph.Inputs, inputs, v => v.Length);
        Check(graph.Name, "output", graph.Outputs, outputs, v => v.Length);
        handles = [.. graph.Inputs.Select(i => inputs[i.Name].Pin()), .. graph.Outputs.Select(o => outputs[o.Name].Pin())];
        nint[] all = [.. handles.Select(h => (nint)h.Pointer)];
        (Inputs, Outputs) = (all[..graph.Inputs.Length], all[graph.Inputs.Length..]);
    }

    /// <summary>The first value of each input, in the graph's order.</summary>
    public nint[] Inputs { get; }

    /// <summary>The first value of each output, in the graph's order.</summary>
    public nint[] Outputs { get; }

    /// <summary>Checks the values of a graph that has one input and one output.</summary>
    /// <exception cref="ArgumentException">The graph has more, or a length does not fit.</exception>
    public static void CheckSingle(NetworkGraph graph, int input, int output)
    {
        if (graph.Inputs.Length != 1 || graph.Outputs.Length != 1)
            throw new ArgumentException($"{graph.Name} has the inputs {Names(graph.Inputs)} and the outputs {Names(graph.Outputs)}: give each by its name");
        CheckLength("input", graph.Inputs[0], input);
        CheckLength("output", graph.Outputs[0], output);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (MemoryHandle handle in handles) handle.Dispose();
    }

    private static void Check<T, V>(string graph, string what, ImmutableArray<T> ports, IReadOnlyDictionary<string, V> given,
        Func<V, int> length) where T : Node
    {
        foreach (string name in given.Keys)
            if (!ports.Any(p => p.Name == name))
                throw new ArgumentException($"{graph} has no {what} called {name}; it has {Names(ports)}", what + "s");
        foreach (T port in ports)
        {
            if (!given.TryGetValue(port.Name, out V? values))
                throw new ArgumentException($"{graph} needs the {what} {port.Name} ({port.Shape}), which was not given", what + "s");
            CheckLength(what, port, length(values));
        }
    }

    private static void CheckLength(string what, Node port, int length)
    {
        if (length != port.Shape.Count)
            throw new ArgumentException($"the {what} {port.Name} has {length} values; {port.Shape} needs {port.Shape.Count}", what);
    }

    private static string Names<T>(ImmutableArray<T> ports) where T : Node
        => ports.IsEmpty ? "(none)" : string.Join(", ", ports.Select(p => p.Name));
}
