using System.Collections.Immutable;

namespace LatentSharp.Graph.Gradients;

/// <summary>
/// The gradient of a group normalisation without scale and offset: r (g - mean(g) - n mean(g n)), n = (x - mean(x)) r the normalised
/// values, r = 1 / sqrt(variance + epsilon); the means go over a group of channels and all positions.
/// </summary>
/// <param name="name">Where it stands.</param>
/// <param name="gradient">g, the gradient to the normalised values: dy times the scales.</param>
/// <param name="source">x.</param>
/// <param name="groups">How many groups.</param>
/// <param name="epsilon">Added to the variance.</param>
internal sealed class GroupNormGradient(string name, Node gradient, Node source, int groups, float epsilon)
    : Node(name, [gradient, source], source.Shape)
{
    /// <summary>g.</summary>
    public Node Gradient => Inputs[0];

    /// <summary>x.</summary>
    public Node Source => Inputs[1];

    /// <summary>How many groups.</summary>
    public int Groups { get; } = groups;

    /// <summary>Added to the variance.</summary>
    public float Epsilon { get; } = epsilon;

    /// <inheritdoc/>
    public override Node WithInputs(ImmutableArray<Node> inputs) => new GroupNormGradient(Name, inputs[0], inputs[1], Groups, Epsilon);
}

/// <summary>The normalisations of a vector of channels.</summary>
internal enum VectorNorm
{
    /// <summary>(x - mean) / sqrt(variance + epsilon).</summary>
    Layer,
    /// <summary>x / sqrt(mean of x^2 + epsilon).</summary>
    RootMeanSquare,
    /// <summary>sqrt(C) x / max(|x|, epsilon).</summary>
    Length,
}

/// <summary>
/// The gradient of a normalisation of every vector of consecutive channels, without scale and offset; g is the gradient to the
/// normalised values n. <see cref="VectorNorm.Layer"/>: r (g - mean(g) - n mean(g n)). <see cref="VectorNorm.RootMeanSquare"/>:
/// r (g - n mean(g n)). <see cref="VectorNorm.Length"/>: the same with r = sqrt(C) / |x|, and r g with r = sqrt(C) / epsilon where |x| is
/// below epsilon.
/// </summary>
/// <param name="name">Where it stands.</param>
/// <param name="gradient">g.</param>
/// <param name="source">x.</param>
/// <param name="norm">The normalisation.</param>
/// <param name="size">Channels of a vector; they divide those of x.</param>
/// <param name="epsilon">As the normalisation uses it.</param>
internal sealed class VectorNormGradient(string name, Node gradient, Node source, VectorNorm norm, int size, float epsilon)
    : Node(name, [gradient, source], source.Shape)
{
    /// <summary>g.</summary>
    public Node Gradient => Inputs[0];

    /// <summary>x.</summary>
    public Node Source => Inputs[1];

    /// <summary>The normalisation.</summary>
    public VectorNorm Norm { get; } = norm;

    /// <summary>Channels of a vector.</summary>
    public int Size { get; } = size;

    /// <summary>As the normalisation uses it.</summary>
    public float Epsilon { get; } = epsilon;

    /// <inheritdoc/>
    public override Node WithInputs(ImmutableArray<Node> inputs)
        => new VectorNormGradient(Name, inputs[0], inputs[1], Norm, Size, Epsilon);
}
