using LatentSharp.Weights;

namespace LatentSharp.Graph;

/// <summary>What the network is given.</summary>
public sealed record Input(string Name, FeatureShape Shape) : Node(Name, [], Shape)
{
    /// <inheritdoc/>
    public bool Equals(Input? other) => ReferenceEquals(this, other);

    /// <inheritdoc/>
    public override int GetHashCode() => base.GetHashCode();
}

/// <summary>Cross-correlation as in torch: weight [out, in / groups, kh, kw], optional bias [out], zero padding.</summary>
public sealed record Conv2d(string Name, Node Source, WeightRef Weight, WeightRef? Bias, int KernelHeight, int KernelWidth, int Stride, Padding Padding, int Groups, FeatureShape Shape)
    : Node(Name, [Source], Shape)
{
    /// <inheritdoc/>
    public bool Equals(Conv2d? other) => ReferenceEquals(this, other);

    /// <inheritdoc/>
    public override int GetHashCode() => base.GetHashCode();

    /// <inheritdoc/>
    public override long MultiplyAdds => Shape.Count * (Source.Shape.Channels / Groups) * KernelHeight * KernelWidth;

    /// <inheritdoc/>
    public override IEnumerable<WeightRef> Weights => Bias is null ? [Weight] : [Weight, Bias];
}

/// <summary>Normalisation over groups of consecutive channels and all positions with the biased variance, then a scale and an offset for each channel.</summary>
public sealed record GroupNorm(string Name, Node Source, WeightRef Weight, WeightRef Bias, int Groups, float Epsilon) : Node(Name, [Source], Source.Shape)
{
    /// <inheritdoc/>
    public bool Equals(GroupNorm? other) => ReferenceEquals(this, other);

    /// <inheritdoc/>
    public override int GetHashCode() => base.GetHashCode();

    /// <inheritdoc/>
    public override IEnumerable<WeightRef> Weights => [Weight, Bias];
}

/// <summary>A function applied value by value.</summary>
public sealed record Activation(string Name, Node Source, ActivationKind Kind) : Node(Name, [Source], Source.Shape)
{
    /// <inheritdoc/>
    public bool Equals(Activation? other) => ReferenceEquals(this, other);

    /// <inheritdoc/>
    public override int GetHashCode() => base.GetHashCode();
}

/// <summary>The sum of two results of one shape.</summary>
public sealed record Add(string Name, Node Left, Node Right) : Node(Name, [Left, Right], Left.Shape)
{
    /// <inheritdoc/>
    public bool Equals(Add? other) => ReferenceEquals(this, other);

    /// <inheritdoc/>
    public override int GetHashCode() => base.GetHashCode();
}

/// <summary>Nearest-neighbour enlargement by two, each way.</summary>
public sealed record Upsample2x(string Name, Node Source)
    : Node(Name, [Source], new FeatureShape(Source.Shape.Height * 2, Source.Shape.Width * 2, Source.Shape.Channels))
{
    /// <inheritdoc/>
    public bool Equals(Upsample2x? other) => ReferenceEquals(this, other);

    /// <inheritdoc/>
    public override int GetHashCode() => base.GetHashCode();
}

/// <summary>softmax(Q K^T / sqrt(channels)) V over all positions in row-major order, one head, no mask.</summary>
public sealed record Attention(string Name, Node Query, Node Key, Node Value) : Node(Name, [Query, Key, Value], Query.Shape)
{
    /// <inheritdoc/>
    public bool Equals(Attention? other) => ReferenceEquals(this, other);

    /// <inheritdoc/>
    public override int GetHashCode() => base.GetHashCode();

    /// <inheritdoc/>
    public override long MultiplyAdds => 2 * Shape.Positions * Shape.Positions * Shape.Channels;
}
