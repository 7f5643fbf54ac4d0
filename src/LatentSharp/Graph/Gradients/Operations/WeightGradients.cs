using System.Collections.Immutable;

namespace LatentSharp.Graph.Gradients;

/// <summary>
/// The gradient of a convolution to its weight: dW[o, c, ky, kx] = sum over positions of dy[p, o] x[p stride + k - padding, c]. The result
/// has a row for each output channel, [in / groups, kh, kw] one after the other, which is the stored order. A linear layer is a convolution
/// with a window of one position.
/// </summary>
/// <param name="name">Where it stands.</param>
/// <param name="gradient">dy.</param>
/// <param name="source">x.</param>
/// <param name="window">Kernel, step, padding, groups.</param>
internal sealed class WeightGradient(string name, Node gradient, Node source, Window window)
    : Node(name, [gradient, source], FeatureShape.Sequence(gradient.Shape.Channels,
        source.Shape.Channels / window.Groups * window.Height * window.Width))
{
    /// <summary>dy.</summary>
    public Node Gradient => Inputs[0];

    /// <summary>x.</summary>
    public Node Source => Inputs[1];

    /// <summary>Kernel, step, padding, groups.</summary>
    public Window Window { get; } = window;

    /// <inheritdoc/>
    public override long MultiplyAdds => Gradient.Shape.Positions * Shape.Count;

    /// <inheritdoc/>
    public override Node WithInputs(ImmutableArray<Node> inputs) => new WeightGradient(Name, inputs[0], inputs[1], Window);
}

/// <summary>The gradient of an <see cref="Embedding"/> to its table: every token's gradient is added to the row that it took.</summary>
/// <param name="name">Where it stands.</param>
/// <param name="gradient">dy.</param>
/// <param name="ids">The numbers of the rows.</param>
/// <param name="rows">Rows of the table.</param>
internal sealed class EmbeddingGradient(string name, Node gradient, Node ids, int rows)
    : Node(name, [gradient, ids], FeatureShape.Sequence(rows, gradient.Shape.Channels))
{
    /// <summary>dy.</summary>
    public Node Gradient => Inputs[0];

    /// <summary>The numbers of the rows.</summary>
    public Node Ids => Inputs[1];

    /// <inheritdoc/>
    public override Node WithInputs(ImmutableArray<Node> inputs) => new EmbeddingGradient(Name, inputs[0], inputs[1], Shape.Width);
}
