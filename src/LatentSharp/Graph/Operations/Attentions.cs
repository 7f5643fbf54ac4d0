using System.Collections.Immutable;

namespace LatentSharp.Graph;

/// <summary>softmax(Q K^T / sqrt(channels)) V over all positions in row-major order, one head, no mask.</summary>
/// <param name="name">Where it stands.</param>
/// <param name="query">Q.</param>
/// <param name="key">K.</param>
/// <param name="value">V.</param>
public sealed class Attention(string name, Node query, Node key, Node value) : Node(name, [query, key, value], query.Shape)
{
    /// <summary>Q.</summary>
    public Node Query => Inputs[0];

    /// <summary>K.</summary>
    public Node Key => Inputs[1];

    /// <summary>V.</summary>
    public Node Value => Inputs[2];

    /// <inheritdoc/>
    public override long MultiplyAdds => 2 * Shape.Positions * Shape.Positions * Shape.Channels;

    /// <inheritdoc/>
    public override Node WithInputs(ImmutableArray<Node> inputs) => new Attention(Name, inputs[0], inputs[1], inputs[2]);
}

/// <summary>
/// Attention whose weights are relu(q) . relu(k), normalised by their sum: linear in the number of positions. The channels are consecutive groups of
/// <c>3 * HeadChannels</c>, each holding query, key and value: out = (V K^T) Q / (1 K^T Q + 1e-15).
/// </summary>
/// <param name="name">Where it stands.</param>
/// <param name="source">What it reads.</param>
/// <param name="headChannels">Channels of a query.</param>
public sealed class ReluLinearAttention(string name, Node source, int headChannels) : Node(name, [source], source.Shape with { Channels = source.Shape.Channels / 3 })
{
    /// <summary>Added to the sum of the weights; where all of a query is 0 the result is 0.</summary>
    public const double Epsilon = 1e-15;

    /// <summary>What it reads.</summary>
    public Node Source => Inputs[0];

    /// <summary>Channels of a query.</summary>
    public int HeadChannels { get; } = headChannels;

    /// <inheritdoc/>
    public override long MultiplyAdds => 2 * Shape.Count * (HeadChannels + 1);

    /// <inheritdoc/>
    public override Node WithInputs(ImmutableArray<Node> inputs) => new ReluLinearAttention(Name, inputs[0], HeadChannels);
}
