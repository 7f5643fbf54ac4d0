using LatentSharp.Graph;

namespace LatentSharp.Service.Running;

/// <summary>A network and what its inputs and outputs are called in files; most call them as the graph does.</summary>
/// <param name="kind">Which of the networks that can be computed.</param>
/// <param name="graph">The network.</param>
internal class NamedNetwork(NetworkKind kind, NetworkGraph graph)
{
    public NetworkKind Kind { get; } = kind;

    public NetworkGraph Graph { get; } = graph;

    /// <summary>What it is, for people.</summary>
    public virtual string Title => Graph.Name;

    /// <summary>The input by which items are counted.</summary>
    public Input First => Graph.Inputs.FirstOrDefault(i => i.Name is "img" or "input_ids" or "sample") ?? Graph.Inputs[0];

    /// <summary>The tensor in the file that an input is made from; it has as many values.</summary>
    public virtual string NameOf(Input input) => input.Name;

    /// <summary>Turns the values of one item from what they are in the file into what the network takes.</summary>
    public virtual void Enter(Input input, ReadOnlySpan<float> given, Span<float> values) => given.CopyTo(values);

    /// <summary>What is written, from what each output of the network gave for all items.</summary>
    public virtual IEnumerable<NamedResult> Leave(IReadOnlyDictionary<string, float[]> outputs, int items)
        => Graph.Outputs.Select(o => new NamedResult(o.Name, outputs[o.Name], ShapeOf(o, items)));

    private static long[] ShapeOf(Output output, int items) => output switch
    {
        { Layout: Layout.ChannelsFirst } => [items, output.Shape.Channels, output.Shape.Height, output.Shape.Width],
        { Name: "pooler_output" or "text_embeds" } => [items, output.Shape.Channels],
        _ => [items, output.Shape.Positions, output.Shape.Channels],
    };
}

/// <summary>A tensor to write.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Values">Its values.</param>
/// <param name="Shape">Its dimensions.</param>
internal sealed record NamedResult(string Name, float[] Values, long[] Shape);
