using System.Collections.Immutable;
using LatentSharp.Weights;

namespace LatentSharp.Graph;

/// <summary>
/// A linear layer on every position: x W^T + b with weight [out, in] and optional bias [out], as torch keeps them. It may take some of the
/// rows only.
/// </summary>
internal sealed class Linear : Node
{
    /// <summary>The layer.</summary>
    /// <param name="name">Where it stands.</param>
    /// <param name="source">What it reads.</param>
    /// <param name="weight">[out, in].</param>
    /// <param name="bias">[out], or null.</param>
    public Linear(string name, Node source, WeightRef weight, WeightRef? bias) : this(name, source, weight, bias, Range.All)
    {
    }

    /// <summary>
    /// The layer with some of its rows, as if the others were not there: the rest of the result is nobody's business, or somebody else's.
    /// </summary>
    /// <param name="name">Where it stands.</param>
    /// <param name="source">What it reads.</param>
    /// <param name="weight">[out, in], the whole of it.</param>
    /// <param name="bias">[out], or null.</param>
    /// <param name="rows">The rows of the weight, each of which gives a channel.</param>
    /// <param name="int8">See <see cref="TakesInt8"/>.</param>
    public Linear(string name, Node source, WeightRef weight, WeightRef? bias, Range rows, bool int8 = false)
        : base(name, [source], source.Shape with { Channels = rows.GetOffsetAndLength(checked((int)weight.Shape[0])).Length })
    {
        (Weight, Bias, TakesInt8) = (weight, bias, int8);
        FirstRow = rows.GetOffsetAndLength((int)weight.Shape[0]).Offset;
    }

    /// <summary>What it reads.</summary>
    public Node Source => Inputs[0];

    /// <summary>[out, in], the whole of it.</summary>
    public WeightRef Weight { get; }

    /// <summary>[out], or null.</summary>
    public WeightRef? Bias { get; }

    /// <summary>The row of the weight that gives the first channel.</summary>
    public int FirstRow { get; }

    /// <summary>
    /// Whether the network bears it that its factors are rounded to eight bits where <see cref="ComputeOptions.Precision"/> asks for it.
    /// </summary>
    public bool TakesInt8 { get; }

    /// <summary>How many rows are used: the channels of the result.</summary>
    public int Rows => Shape.Channels;

    /// <summary>Whether all rows of the weight are used.</summary>
    public bool IsWhole => Rows == Weight.Shape[0];

    /// <inheritdoc/>
    public override long MultiplyAdds => Shape.Count * Source.Shape.Channels;

    /// <inheritdoc/>
    public override IEnumerable<WeightRef> Weights => Bias is null ? [Weight] : [Weight, Bias];

    /// <inheritdoc/>
    public override Node WithInputs(ImmutableArray<Node> inputs)
        => new Linear(Name, inputs[0], Weight, Bias, FirstRow..(FirstRow + Rows), TakesInt8);
}
