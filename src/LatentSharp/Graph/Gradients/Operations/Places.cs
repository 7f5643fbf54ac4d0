using System.Collections.Immutable;

namespace LatentSharp.Graph.Gradients;

/// <summary>The gradient of <see cref="Upsample2x"/>: the sum of each block of 2x2.</summary>
/// <param name="name">Where it stands.</param>
/// <param name="source">dy; height and width are even.</param>
internal sealed class UpsampleGradient(string name, Node source)
    : Node(name, [source], new FeatureShape(source.Shape.Height / 2, source.Shape.Width / 2, source.Shape.Channels))
{
    /// <summary>dy.</summary>
    public Node Source => Inputs[0];

    /// <inheritdoc/>
    public override Node WithInputs(ImmutableArray<Node> inputs) => new UpsampleGradient(Name, inputs[0]);
}

/// <summary>Rows and columns of zeros between those of the source: what a step of a convolution left out, put back.</summary>
/// <param name="name">Where it stands.</param>
/// <param name="source">What it reads.</param>
/// <param name="step">The distance of neighbours in the result.</param>
internal sealed class Dilate(string name, Node source, int step)
    : Node(name, [source],
        new FeatureShape((source.Shape.Height - 1) * step + 1, (source.Shape.Width - 1) * step + 1, source.Shape.Channels))
{
    /// <summary>What it reads.</summary>
    public Node Source => Inputs[0];

    /// <summary>The distance of neighbours in the result.</summary>
    public int Step { get; } = step;

    /// <inheritdoc/>
    public override Node WithInputs(ImmutableArray<Node> inputs) => new Dilate(Name, inputs[0], Step);
}

/// <summary>The gradient of a <see cref="Slice"/>: the source in its place, zeros elsewhere.</summary>
/// <param name="name">Where it stands.</param>
/// <param name="source">What it reads.</param>
/// <param name="axis">The direction in which it is a part.</param>
/// <param name="first">The first channel or token that it fills.</param>
/// <param name="whole">The shape of the result.</param>
internal sealed class Placed(string name, Node source, Axis axis, int first, FeatureShape whole) : Node(name, [source], whole)
{
    /// <summary>What it reads.</summary>
    public Node Source => Inputs[0];

    /// <summary>The direction in which it is a part.</summary>
    public Axis Axis { get; } = axis;

    /// <summary>The first channel or token that it fills.</summary>
    public int First { get; } = first;

    /// <summary>How many channels or tokens it fills.</summary>
    public int Count => Axis == Axis.Channels ? Source.Shape.Channels : Source.Shape.Width;

    /// <summary>How many channels or tokens there are.</summary>
    public int Whole => Axis == Axis.Channels ? Shape.Channels : Shape.Width;

    /// <inheritdoc/>
    public override Node WithInputs(ImmutableArray<Node> inputs) => new Placed(Name, inputs[0], Axis, First, Shape);
}

/// <summary>The gradient of a <see cref="TokenOfText"/>: dy at the row that was taken, zeros elsewhere.</summary>
/// <param name="name">Where it stands.</param>
/// <param name="gradient">dy, one row.</param>
/// <param name="ids">The numbers of the tokens, one channel.</param>
/// <param name="end">The number that ends a text; null for the highest that occurs.</param>
internal sealed class TokenOfTextGradient(string name, Node gradient, Node ids, int? end)
    : Node(name, [gradient, ids], gradient.Shape with { Width = ids.Shape.Width })
{
    /// <summary>dy.</summary>
    public Node Gradient => Inputs[0];

    /// <summary>The numbers of the tokens.</summary>
    public Node Ids => Inputs[1];

    /// <summary>The number that ends a text, or null for the highest.</summary>
    public int? End { get; } = end;

    /// <inheritdoc/>
    public override Node WithInputs(ImmutableArray<Node> inputs) => new TokenOfTextGradient(Name, inputs[0], inputs[1], End);
}

/// <summary>The gradient of a <see cref="MaxPool"/>: every window's dy where its largest value stands, the first of several.</summary>
/// <param name="name">Where it stands.</param>
/// <param name="gradient">dy.</param>
/// <param name="source">What the operation read.</param>
/// <param name="size">Rows and columns of a window.</param>
/// <param name="stride">From one window to the next, each way.</param>
internal sealed class MaxPoolGradient(string name, Node gradient, Node source, int size, int stride)
    : Node(name, [gradient, source], source.Shape)
{
    /// <summary>dy.</summary>
    public Node Gradient => Inputs[0];

    /// <summary>What the operation read.</summary>
    public Node Source => Inputs[1];

    /// <summary>Rows and columns of a window.</summary>
    public int Size { get; } = size;

    /// <summary>From one window to the next, each way.</summary>
    public int Stride { get; } = stride;

    /// <inheritdoc/>
    public override Node WithInputs(ImmutableArray<Node> inputs) => new MaxPoolGradient(Name, inputs[0], inputs[1], Size, Stride);
}
