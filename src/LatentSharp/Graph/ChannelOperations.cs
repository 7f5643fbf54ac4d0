using System.Collections.Immutable;
using LatentSharp.Weights;

namespace LatentSharp.Graph;

/// <summary>For every position: x / sqrt(mean over the channels of x^2 + epsilon), then a scale and an offset for each channel. No mean is taken off.</summary>
public sealed record RmsNorm(string Name, Node Source, WeightRef Weight, WeightRef Bias, float Epsilon) : Node(Name, [Source], Source.Shape)
{
    /// <inheritdoc/>
    public override IEnumerable<WeightRef> Weights => [Weight, Bias];

    /// <inheritdoc/>
    public bool Equals(RmsNorm? other) => ReferenceEquals(this, other);

    /// <inheritdoc/>
    public override int GetHashCode() => base.GetHashCode();
}

/// <summary>Batch normalisation with stored statistics: (x - mean) / sqrt(variance + epsilon) * weight + bias, per channel.</summary>
public sealed record BatchNorm(string Name, Node Source, WeightRef Weight, WeightRef Bias, WeightRef Mean, WeightRef Variance, float Epsilon) : Node(Name, [Source], Source.Shape)
{
    /// <inheritdoc/>
    public override IEnumerable<WeightRef> Weights => [Weight, Bias, Mean, Variance];

    /// <inheritdoc/>
    public bool Equals(BatchNorm? other) => ReferenceEquals(this, other);

    /// <inheritdoc/>
    public override int GetHashCode() => base.GetHashCode();
}

/// <summary>The channels of several results one after the other.</summary>
public sealed record Concat(string Name, ImmutableArray<Node> Parts)
    : Node(Name, Parts, new FeatureShape(Parts[0].Shape.Height, Parts[0].Shape.Width, Parts.Sum(p => p.Shape.Channels)))
{
    /// <inheritdoc/>
    public bool Equals(Concat? other) => ReferenceEquals(this, other);

    /// <inheritdoc/>
    public override int GetHashCode() => base.GetHashCode();
}

/// <summary>The first half of the channels times SiLU of the second half.</summary>
public sealed record GatedSiLU(string Name, Node Source) : Node(Name, [Source], Source.Shape with { Channels = Source.Shape.Channels / 2 })
{
    /// <inheritdoc/>
    public bool Equals(GatedSiLU? other) => ReferenceEquals(this, other);

    /// <inheritdoc/>
    public override int GetHashCode() => base.GetHashCode();
}

/// <summary>Every channel several times in place, as torch's <c>repeat_interleave</c>: c0 c0 c1 c1 ...</summary>
public sealed record RepeatChannels(string Name, Node Source, int Times) : Node(Name, [Source], Source.Shape with { Channels = Source.Shape.Channels * Times })
{
    /// <inheritdoc/>
    public bool Equals(RepeatChannels? other) => ReferenceEquals(this, other);

    /// <inheritdoc/>
    public override int GetHashCode() => base.GetHashCode();
}

/// <summary>The mean of every <paramref name="Size"/> consecutive channels.</summary>
public sealed record MeanOfChannels(string Name, Node Source, int Size) : Node(Name, [Source], Source.Shape with { Channels = Source.Shape.Channels / Size })
{
    /// <inheritdoc/>
    public bool Equals(MeanOfChannels? other) => ReferenceEquals(this, other);

    /// <inheritdoc/>
    public override int GetHashCode() => base.GetHashCode();
}

/// <summary>Channels to positions: out[c](2y+i, 2x+j) = in[4c+2i+j](y, x).</summary>
public sealed record PixelShuffle2x(string Name, Node Source)
    : Node(Name, [Source], new FeatureShape(Source.Shape.Height * 2, Source.Shape.Width * 2, Source.Shape.Channels / 4))
{
    /// <inheritdoc/>
    public bool Equals(PixelShuffle2x? other) => ReferenceEquals(this, other);

    /// <inheritdoc/>
    public override int GetHashCode() => base.GetHashCode();
}

/// <summary>Positions to channels: out[4c+2i+j](y, x) = in[c](2y+i, 2x+j). Height and width are even.</summary>
public sealed record PixelUnshuffle2x(string Name, Node Source)
    : Node(Name, [Source], new FeatureShape(Source.Shape.Height / 2, Source.Shape.Width / 2, Source.Shape.Channels * 4))
{
    /// <inheritdoc/>
    public bool Equals(PixelUnshuffle2x? other) => ReferenceEquals(this, other);

    /// <inheritdoc/>
    public override int GetHashCode() => base.GetHashCode();
}

/// <summary>
/// Attention whose weights are relu(q) . relu(k), normalised by their sum: linear in the number of positions. The channels are consecutive groups of
/// <c>3 * HeadChannels</c>, each holding query, key and value: out = (V K^T) Q / (1 K^T Q + 1e-15).
/// </summary>
public sealed record ReluLinearAttention(string Name, Node Source, int HeadChannels) : Node(Name, [Source], Source.Shape with { Channels = Source.Shape.Channels / 3 })
{
    /// <summary>Added to the sum of the weights; where all of a query is 0 the result is 0.</summary>
    public const double Epsilon = 1e-15;

    /// <inheritdoc/>
    public override long MultiplyAdds => 2 * Shape.Count * (HeadChannels + 1);

    /// <inheritdoc/>
    public bool Equals(ReluLinearAttention? other) => ReferenceEquals(this, other);

    /// <inheritdoc/>
    public override int GetHashCode() => base.GetHashCode();
}
