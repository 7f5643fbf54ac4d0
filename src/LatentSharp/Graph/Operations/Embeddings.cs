using System.Collections.Immutable;
using LatentSharp.Weights;

namespace LatentSharp.Graph;

/// <summary>The row of a table for every token.</summary>
/// <param name="name">Where it stands.</param>
/// <param name="ids">One channel: the number of a row, a whole number.</param>
/// <param name="weight">[vocabulary, channels].</param>
internal sealed class Embedding(string name, Node ids, WeightRef weight)
    : Node(name, [ids], ids.Shape with { Channels = checked((int)weight.Shape[1]) })
{
    /// <summary>The numbers of the rows.</summary>
    public Node Ids => Inputs[0];

    /// <summary>[vocabulary, channels].</summary>
    public WeightRef Weight { get; } = weight;

    /// <inheritdoc/>
    public override IEnumerable<WeightRef> Weights => [Weight];

    /// <inheritdoc/>
    public override Node WithInputs(ImmutableArray<Node> inputs) => new Embedding(Name, inputs[0], Weight);
}

/// <summary>A tensor of the weights as it is: one of its rows a position.</summary>
/// <param name="name">Where it stands.</param>
/// <param name="weight">[positions, channels].</param>
/// <param name="rows">Rows of positions: 1 for a sequence.</param>
internal sealed class Parameter(string name, WeightRef weight, int rows = 1)
    : Node(name, [], new FeatureShape(rows, checked((int)weight.Shape[0]) / rows, checked((int)weight.Shape[1])))
{
    /// <summary>[positions, channels].</summary>
    public WeightRef Weight { get; } = weight;

    /// <inheritdoc/>
    public override IEnumerable<WeightRef> Weights => [Weight];

    /// <inheritdoc/>
    public override Node WithInputs(ImmutableArray<Node> inputs) => this;
}

/// <summary>
/// A number as channels: the cosines, then the sines, of factor * x * period^(-i/(half - shift)). The argument is computed in float32, as
/// every implementation does: at a guidance of 30 the difference to float64 is 2.5e-4.
/// </summary>
/// <param name="name">Where it stands.</param>
/// <param name="source">x, one channel.</param>
/// <param name="channels">Twice as many as there are frequencies.</param>
/// <param name="factor">What x is multiplied by first: 1,000 for a time between 0 and 1.</param>
/// <param name="period">The longest period, divided by 2 pi: 10,000.</param>
/// <param name="shift">0, or 1 where the last frequency and not one behind it is 1 / period: <c>freq_shift</c> of diffusers.</param>
internal sealed class SinusoidalEmbedding(string name, Node source, int channels, float factor, float period, int shift = 0)
    : Node(name, [source], source.Shape with { Channels = channels })
{
    /// <summary>x.</summary>
    public Node Source => Inputs[0];

    /// <summary>What x is multiplied by first.</summary>
    public float Factor { get; } = factor;

    /// <summary>The longest period, divided by 2 pi.</summary>
    public float Period { get; } = period;

    /// <summary>0, or 1 where the last frequency and not one behind it is 1 / period.</summary>
    public int Shift { get; } = shift;

    /// <summary>
    /// The frequencies, in float32 at every step of their computation (black-forest-labs/flux, layers.py: timestep_embedding).
    /// </summary>
    public ImmutableArray<float> Frequencies
        => [.. Enumerable.Range(0, Shape.Channels / 2).Select(i => Frequency(i))];

    /// <inheritdoc/>
    public override Node WithInputs(ImmutableArray<Node> inputs)
        => new SinusoidalEmbedding(Name, inputs[0], Shape.Channels, Factor, Period, Shift);

    // At a guidance of 30 the angle is 30,000 times this: every bit that the references lose in float32 has to be lost here, too.
    private float Frequency(int index)
        => VectorExponential.Of((float)((float)(-(float)Math.Log(Period) * index) / (Shape.Channels / 2 - Shift)));
}
