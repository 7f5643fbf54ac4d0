using System.Numerics;
using LatentSharp.Tensors;

namespace LatentSharp.Training;

/// <summary>A rule by which a tensor follows its gradient. It holds no values: what it remembers of a tensor lies beside it.</summary>
/// <param name="WeightDecay">The part of a tensor that a step at rate 1 takes away, before the step itself.</param>
internal abstract record Optimiser(double WeightDecay)
{
    /// <summary>What is remembered for each value of a tensor, by name; 0 before the first step.</summary>
    internal abstract IReadOnlyList<string> Memories { get; }

    /// <summary>Changes a tensor.</summary>
    /// <param name="values">The tensor.</param>
    /// <param name="gradient">Its gradient.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="memories">What is remembered, in the order of <see cref="Memories"/>.</param>
    /// <param name="step">The number of this step, from 1.</param>
    /// <param name="rate">How far it goes.</param>
    public abstract void Update(Span<float> values, ReadOnlySpan<float> gradient, Shape shape, float[][] memories, long step, double rate);

    /// <summary>Takes the decay off.</summary>
    protected void Decay(Span<float> values, double rate)
    {
        if (WeightDecay == 0) return;
        double kept = 1 - rate * WeightDecay;
        foreach (ref float value in values) value = (float)(value * kept);
    }
}

/// <summary>
/// AdamW as torch computes it: decay first; the moments corrected for their start; <paramref name="Epsilon"/> outside the root.
/// </summary>
/// <param name="Beta1">How much of the mean of the gradients stays.</param>
/// <param name="Beta2">How much of the mean of their squares stays.</param>
/// <param name="Epsilon">Added to the root.</param>
/// <param name="WeightDecay">See <see cref="Optimiser"/>.</param>
internal sealed record AdamW(double Beta1 = 0.9, double Beta2 = 0.999, double Epsilon = 1e-8, double WeightDecay = 0.01)
    : Optimiser(WeightDecay)
{
    /// <inheritdoc/>
    internal override IReadOnlyList<string> Memories => ["mean", "square"];

    /// <inheritdoc/>
    public override void Update(Span<float> values, ReadOnlySpan<float> gradient, Shape shape, float[][] memories, long step, double rate)
    {
        Decay(values, rate);
        double first = 1 - Math.Pow(Beta1, step), root = Math.Sqrt(1 - Math.Pow(Beta2, step));
        Span<float> means = memories[0], squares = memories[1];
        int i = 0;
        for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Widen(new Vector<float>(gradient[i..]), out Vector<double> g, out Vector<double> otherG);
            Vector.Widen(new Vector<float>(means[i..]), out Vector<double> mean, out Vector<double> otherMean);
            Vector.Widen(new Vector<float>(squares[i..]), out Vector<double> square, out Vector<double> otherSquare);
            Vector.Widen(new Vector<float>(values[i..]), out Vector<double> value, out Vector<double> otherValue);
            value = Half(value, g, ref mean, ref square);
            otherValue = Half(otherValue, otherG, ref otherMean, ref otherSquare);
            Vector.Narrow(mean, otherMean).CopyTo(means[i..]);
            Vector.Narrow(square, otherSquare).CopyTo(squares[i..]);
            Vector.Narrow(value, otherValue).CopyTo(values[i..]);
        }
        for (; i < values.Length; i++)
        {
            double g = gradient[i], mean = Beta1 * means[i] + (1 - Beta1) * g, square = Beta2 * squares[i] + (1 - Beta2) * g * g;
            (means[i], squares[i]) = ((float)mean, (float)square);
            values[i] = (float)(values[i] - rate / first * mean / (Math.Sqrt(square) / root + Epsilon));
        }

        // The same operations in the same order as for one value, so that it makes no difference how many are taken together.
        Vector<double> Half(Vector<double> value, Vector<double> g, ref Vector<double> mean, ref Vector<double> square)
        {
            mean = Beta1 * mean + (1 - Beta1) * g;
            square = Beta2 * square + (1 - Beta2) * g * g;
            return value - rate / first * mean / (Vector.SquareRoot(square) / new Vector<double>(root) + new Vector<double>(Epsilon));
        }
    }
}

/// <summary>Gradient descent with momentum as torch computes it: the momentum begins as the first gradient.</summary>
/// <param name="Momentum">How much of the momentum stays.</param>
/// <param name="WeightDecay">See <see cref="Optimiser"/>.</param>
internal sealed record Sgd(double Momentum = 0.9, double WeightDecay = 0) : Optimiser(WeightDecay)
{
    /// <inheritdoc/>
    internal override IReadOnlyList<string> Memories => ["momentum"];

    /// <inheritdoc/>
    public override void Update(Span<float> values, ReadOnlySpan<float> gradient, Shape shape, float[][] memories, long step, double rate)
    {
        Decay(values, rate);
        Span<float> momenta = memories[0];
        for (int i = 0; i < values.Length; i++)
        {
            double momentum = Momentum * momenta[i] + gradient[i];
            momenta[i] = (float)momentum;
            values[i] = (float)(values[i] - rate * momentum);
        }
    }
}
