using System.Collections.Immutable;

namespace LatentSharp.Graph;

/// <summary>The functions that losses are made of.</summary>
internal enum PointFunctionKind
{
    /// <summary>a x + b.</summary>
    Affine,
    /// <summary>|x|; its derivative at 0 is 0.</summary>
    Abs,
    /// <summary>x^2.</summary>
    Square,
    /// <summary>e^(a x).</summary>
    Exp,
    /// <summary>x, not below a and not above b; the derivative is 1 from a to b, both included, and 0 outside.</summary>
    Clamp,
    /// <summary>sqrt(x^2 + a^2).</summary>
    Charbonnier,
    /// <summary>x^2 / (2 a) where |x| is below a, |x| - a / 2 elsewhere.</summary>
    Huber,
    /// <summary>1 / x.</summary>
    Reciprocal,
    /// <summary>x to the power of a, x being above 0.</summary>
    Power,
}

/// <summary>A function of one value.</summary>
/// <param name="Kind">Which.</param>
/// <param name="A">Its first constant.</param>
/// <param name="B">Its second constant.</param>
internal readonly record struct PointFunction(PointFunctionKind Kind, float A = 0, float B = 0);

/// <summary>A function of a loss, value by value. What networks apply is an <see cref="Activation"/>.</summary>
/// <param name="name">Where it stands.</param>
/// <param name="source">What it reads.</param>
/// <param name="function">The function.</param>
internal sealed class Pointwise(string name, Node source, PointFunction function) : Node(name, [source], source.Shape)
{
    /// <summary>What it reads.</summary>
    public Node Source => Inputs[0];

    /// <summary>The function.</summary>
    public PointFunction Function { get; } = function;

    /// <inheritdoc/>
    public override Node WithInputs(ImmutableArray<Node> inputs) => new Pointwise(Name, inputs[0], Function);
}

/// <summary>The sum over all positions, and over groups of consecutive channels: out[c] = sum of in[p, g * channels + c].</summary>
/// <param name="name">Where it stands.</param>
/// <param name="source">What it reads.</param>
/// <param name="channels">Channels of the result; they divide those of the source. 1 for the sum of all values.</param>
internal sealed class SumOfPositions(string name, Node source, int channels) : Node(name, [source], FeatureShape.Sequence(1, channels))
{
    /// <summary>What it reads.</summary>
    public Node Source => Inputs[0];

    /// <inheritdoc/>
    public override Node WithInputs(ImmutableArray<Node> inputs) => new SumOfPositions(Name, inputs[0], Shape.Channels);
}

/// <summary>A row at every position, and in every group of channels: out[p, g * C + c] = row[c], C being the channels of the row.</summary>
/// <param name="name">Where it stands.</param>
/// <param name="row">One position.</param>
/// <param name="shape">The shape of the result; its channels are a multiple of the row's.</param>
internal sealed class Spread(string name, Node row, FeatureShape shape) : Node(name, [row], shape)
{
    /// <summary>One position.</summary>
    public Node Row => Inputs[0];

    /// <inheritdoc/>
    public override Node WithInputs(ImmutableArray<Node> inputs) => new Spread(Name, inputs[0], Shape);
}
