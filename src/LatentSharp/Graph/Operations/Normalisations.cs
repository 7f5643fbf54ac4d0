using System.Collections.Immutable;
using LatentSharp.Weights;

namespace LatentSharp.Graph;

/// <summary>
/// Normalisation over groups of consecutive channels and all positions with the biased variance, then a scale and an offset for each
/// channel.
/// </summary>
/// <param name="name">Where it stands.</param>
/// <param name="source">What it reads.</param>
/// <param name="weight">The scale of each channel.</param>
/// <param name="bias">The offset of each channel.</param>
/// <param name="groups">How many groups; the channels divide evenly.</param>
/// <param name="epsilon">Added to the variance.</param>
internal sealed class GroupNorm(string name, Node source, WeightRef weight, WeightRef bias, int groups, float epsilon)
    : Node(name, [source], source.Shape)
{
    /// <summary>What it reads.</summary>
    public Node Source => Inputs[0];

    /// <summary>The scale of each channel.</summary>
    public WeightRef Weight { get; } = weight;

    /// <summary>The offset of each channel.</summary>
    public WeightRef Bias { get; } = bias;

    /// <summary>How many groups.</summary>
    public int Groups { get; } = groups;

    /// <summary>Added to the variance.</summary>
    public float Epsilon { get; } = epsilon;

    /// <inheritdoc/>
    public override IEnumerable<WeightRef> Weights => [Weight, Bias];

    /// <inheritdoc/>
    public override Node WithInputs(ImmutableArray<Node> inputs) => new GroupNorm(Name, inputs[0], Weight, Bias, Groups, Epsilon);
}

/// <summary>
/// For every position, or every group of its channels: x / sqrt(mean of x^2 + epsilon), then a scale and an offset. No mean is taken off.
/// Groups are the heads of an attention, which share the scales.
/// </summary>
/// <param name="name">Where it stands.</param>
/// <param name="source">What it reads.</param>
/// <param name="weight">The scale of each channel of a group; as many values as a group has channels.</param>
/// <param name="bias">The offset of each channel of a group, or null.</param>
/// <param name="epsilon">Added to the mean of the squares.</param>
internal sealed class RmsNorm(string name, Node source, WeightRef weight, WeightRef? bias, float epsilon)
    : Node(name, [source], source.Shape)
{
    /// <summary>What it reads.</summary>
    public Node Source => Inputs[0];

    /// <summary>The scale of each channel of a group.</summary>
    public WeightRef Weight { get; } = weight;

    /// <summary>The offset of each channel of a group, or null.</summary>
    public WeightRef? Bias { get; } = bias;

    /// <summary>Added to the mean of the squares.</summary>
    public float Epsilon { get; } = epsilon;

    /// <summary>Channels that are normalised together: all of them, or those of a head.</summary>
    public int GroupChannels { get; } = checked((int)weight.ElementCount);

    /// <inheritdoc/>
    public override IEnumerable<WeightRef> Weights => Bias is null ? [Weight] : [Weight, Bias];

    /// <inheritdoc/>
    public override Node WithInputs(ImmutableArray<Node> inputs) => new RmsNorm(Name, inputs[0], Weight, Bias, Epsilon);
}

/// <summary>
/// For every position: (x - mean) / sqrt(variance + epsilon) over its channels, the biased variance, then a scale and an offset for each
/// channel if there are any.
/// </summary>
/// <param name="name">Where it stands.</param>
/// <param name="source">What it reads.</param>
/// <param name="weight">The scale of each channel; null for 1.</param>
/// <param name="bias">The offset of each channel; null exactly when <paramref name="weight"/> is.</param>
/// <param name="epsilon">Added to the variance.</param>
internal sealed class LayerNorm(string name, Node source, WeightRef? weight, WeightRef? bias, float epsilon)
    : Node(name, [source], source.Shape)
{
    /// <summary>What it reads.</summary>
    public Node Source => Inputs[0];

    /// <summary>The scale of each channel, or null.</summary>
    public WeightRef? Weight { get; } = weight;

    /// <summary>The offset of each channel, or null.</summary>
    public WeightRef? Bias { get; } = bias;

    /// <summary>Added to the variance.</summary>
    public float Epsilon { get; } = epsilon;

    /// <inheritdoc/>
    public override IEnumerable<WeightRef> Weights => Weight is null || Bias is null ? [] : [Weight, Bias];

    /// <inheritdoc/>
    public override Node WithInputs(ImmutableArray<Node> inputs) => new LayerNorm(Name, inputs[0], Weight, Bias, Epsilon);
}

/// <summary>
/// For every position: x / max(|x|, <see cref="Floor"/>) * sqrt(C) * weight, |x| being the length of the vector of its C channels. Other
/// than in <see cref="RmsNorm"/>, a short vector is still stretched to full length, and a vector of zeros stays zero (torch's
/// <c>normalize</c>, as Wan uses it).
/// </summary>
/// <param name="name">Where it stands.</param>
/// <param name="source">What it reads.</param>
/// <param name="weight">The scale of each channel.</param>
internal sealed class L2Norm(string name, Node source, WeightRef weight) : Node(name, [source], source.Shape)
{
    /// <summary>The least length that is divided by.</summary>
    public const float Floor = 1e-12f;

    /// <summary>What it reads.</summary>
    public Node Source => Inputs[0];

    /// <summary>The scale of each channel.</summary>
    public WeightRef Weight { get; } = weight;

    /// <inheritdoc/>
    public override IEnumerable<WeightRef> Weights => [Weight];

    /// <inheritdoc/>
    public override Node WithInputs(ImmutableArray<Node> inputs) => new L2Norm(Name, inputs[0], Weight);
}

/// <summary>Batch normalisation with stored statistics: (x - mean) / sqrt(variance + epsilon) * weight + bias, per channel.</summary>
/// <param name="name">Where it stands.</param>
/// <param name="source">What it reads.</param>
/// <param name="statistics">The four tensors, each one value for each channel.</param>
/// <param name="epsilon">Added to the variance.</param>
internal sealed class BatchNorm(string name, Node source, BatchStatistics statistics, float epsilon) : Node(name, [source], source.Shape)
{
    /// <summary>What it reads.</summary>
    public Node Source => Inputs[0];

    /// <summary>The scale of each channel.</summary>
    public WeightRef Weight => statistics.Weight;

    /// <summary>The offset of each channel.</summary>
    public WeightRef Bias => statistics.Bias;

    /// <summary>The stored mean of each channel.</summary>
    public WeightRef Mean => statistics.Mean;

    /// <summary>The stored variance of each channel.</summary>
    public WeightRef Variance => statistics.Variance;

    /// <summary>Added to the variance.</summary>
    public float Epsilon { get; } = epsilon;

    /// <inheritdoc/>
    public override IEnumerable<WeightRef> Weights => [Weight, Bias, Mean, Variance];

    /// <inheritdoc/>
    public override IEnumerable<WeightRef> Learned => [Weight, Bias];

    /// <inheritdoc/>
    public override Node WithInputs(ImmutableArray<Node> inputs) => new BatchNorm(Name, inputs[0], statistics, Epsilon);
}

/// <summary>The tensors of a batch normalisation, each with one value for each channel.</summary>
/// <param name="Weight">Scales.</param>
/// <param name="Bias">Offsets.</param>
/// <param name="Mean">Stored means.</param>
/// <param name="Variance">Stored variances.</param>
internal sealed record BatchStatistics(WeightRef Weight, WeightRef Bias, WeightRef Mean, WeightRef Variance);
