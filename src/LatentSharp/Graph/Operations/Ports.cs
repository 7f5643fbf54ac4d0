using System.Collections.Immutable;

namespace LatentSharp.Graph;

/// <summary>The order in which a caller keeps the values of an input or an output.</summary>
internal enum Layout
{
    /// <summary>[C, H, W], one plane for each channel: pictures and latents.</summary>
    ChannelsFirst,
    /// <summary>[H, W, C], the channels of a position next to each other; a sequence is [tokens, channels].</summary>
    ChannelsLast,
}

/// <summary>What the network is given under a name.</summary>
/// <param name="name">The name by which a caller gives the values.</param>
/// <param name="shape">Rows, columns, channels.</param>
/// <param name="layout">The order of the caller's values.</param>
internal sealed class Input(string name, FeatureShape shape, Layout layout = Layout.ChannelsFirst) : Node(name, [], shape)
{
    /// <summary>The order of the caller's values.</summary>
    public Layout Layout { get; } = layout;

    /// <inheritdoc/>
    public override Node WithInputs(ImmutableArray<Node> inputs) => this;
}

/// <summary>What the network gives under a name.</summary>
/// <param name="name">The name by which a caller asks for the values.</param>
/// <param name="source">The node whose result it is.</param>
/// <param name="layout">The order in which the caller gets the values.</param>
internal sealed class Output(string name, Node source, Layout layout = Layout.ChannelsFirst) : Node(name, [source], source.Shape)
{
    /// <summary>The node whose result it is.</summary>
    public Node Source => Inputs[0];

    /// <summary>The order in which the caller gets the values.</summary>
    public Layout Layout { get; } = layout;

    /// <inheritdoc/>
    public override Node WithInputs(ImmutableArray<Node> inputs) => new Output(Name, inputs[0], Layout);
}
