using System.Buffers;
using System.Numerics;
using LatentSharp.Tensors;
using LatentSharp.Weights;

namespace LatentSharp.Training;

/// <summary>How one tensor is trained.</summary>
/// <param name="Optimiser">The rule.</param>
/// <param name="Schedule">Its rates.</param>
internal sealed record TensorRule(Optimiser Optimiser, RateSchedule Schedule);

/// <summary>What a step has done.</summary>
/// <param name="Step">Its number.</param>
/// <param name="Norm">The length of the gradient of all tensors together, before it was clipped.</param>
/// <param name="IsSkipped">Whether that was no number, so that nothing was changed.</param>
internal readonly record struct StepOutcome(long Step, double Norm, bool IsSkipped);

/// <summary>
/// The tensors that are trained, what their optimisers remember, and their exponential moving average: all that a run needs to go on as if
/// it had never stopped. Networks read the tensors from <see cref="Weights"/>, where a step changes them in place.
/// </summary>
internal sealed class TrainingState
{
    private readonly SortedDictionary<string, Trained> tensors = new(StringComparer.Ordinal);

    /// <param name="tensors">The tensors as they are at the start; their values are copied.</param>
    /// <param name="ruleOf">How each is trained, by its name.</param>
    /// <param name="averageDecay">How much of the average stays in a step; null for no average.</param>
    /// <param name="clip">The longest gradient of all tensors together; null for any.</param>
    public TrainingState(IEnumerable<(string Name, Shape Shape, float[] Values)> tensors, Func<string, TensorRule> ruleOf,
        double? averageDecay = null, double? clip = null)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        ArgumentNullException.ThrowIfNull(ruleOf);
        (AverageDecay, Clip) = (averageDecay, clip);
        foreach ((string name, Shape shape, float[] values) in tensors)
        {
            TensorRule rule = ruleOf(name);
            float[] own = [.. values];
            var memories = new float[rule.Optimiser.Memories.Count][];
            for (int i = 0; i < memories.Length; i++) memories[i] = new float[own.Length];
            Average? average = averageDecay is null ? null : new Average([.. values], new float[own.Length]);
            this.tensors.Add(name, new Trained(shape, own, rule, memories, average));
            Weights.Add(name, own, shape.Dimensions.AsSpan());
        }
    }

    /// <summary>Steps that were made.</summary>
    public long Step { get; private set; }

    /// <summary>How much of the average stays in a step, or null.</summary>
    public double? AverageDecay { get; }

    /// <summary>
    /// Whether the average follows faster at first, so that the start is soon forgotten: in step n at most (1 + n) / (10 + n) stays.
    /// </summary>
    public bool AverageWarmup { get; init; }

    /// <summary>The longest gradient, or null.</summary>
    public double? Clip { get; }

    /// <summary>Threads that share the tensors of a step.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>What else has to be the same for a run to go on: data, loss.</summary>
    public string Recipe { get; init; } = "";

    /// <summary>Whether <see cref="Keep"/> has kept anything.</summary>
    public bool HasKept => tensors.Values.First().Kept is not null;

    /// <summary>The tensors as they are now.</summary>
    public MemoryWeights Weights { get; } = new("training");

    /// <summary>The average of a tensor over the steps.</summary>
    public double[] AverageOf(string name)
    {
        Average average = tensors[name].Average ?? throw new InvalidOperationException("no average is kept");
        return [.. average.Values.Zip(average.Rests, (value, rest) => (double)value + rest)];
    }

    /// <summary>The highest rate of a step.</summary>
    public double RateAt(long step) => tensors.Values.Max(t => t.Rule.Schedule.At(step));

    /// <summary>The values of a tensor as they are now, which steps change in place.</summary>
    public float[] ValuesOf(string name) => tensors[name].Values;

    /// <summary>The average of a tensor in float32, which steps change in place; its values where no average is kept.</summary>
    public float[] ResultOf(string name) => tensors[name].Average?.Values ?? tensors[name].Values;

    /// <summary>What was kept of a tensor.</summary>
    public float[] KeptOf(string name) => tensors[name].Kept ?? throw new InvalidOperationException("nothing was kept");

    /// <summary>Keeps the tensors as they are now (their averages, where there are any), in place of what was kept before.</summary>
    public void Keep()
    {
        foreach ((string name, Trained tensor) in tensors)
        {
            tensor.Kept ??= new float[tensor.Values.Length];
            ResultOf(name).CopyTo(tensor.Kept.AsSpan());
        }
    }

    /// <summary>Makes a step. A gradient whose length is no number changes nothing, and is no step.</summary>
    /// <param name="gradients">The gradient of every tensor.</param>
    public StepOutcome Advance(IReadOnlyDictionary<string, float[]> gradients)
    {
        ArgumentNullException.ThrowIfNull(gradients);
        // Tensors side by side, and the sums of their squares in the order of their names: the same bits on any number of threads.
        var together = new ParallelOptions { MaxDegreeOfParallelism = Threads };
        double[] squares = new double[tensors.Count];
        Parallel.ForEach(tensors.Keys, together, (name, _, i) => squares[i] = SumOfSquares(gradients[name]));
        double norm = Math.Sqrt(squares.Sum());
        if (!double.IsFinite(norm)) return new StepOutcome(Step + 1, norm, true);
        Step++;
        // torch: clip_grad_norm_.
        double factor = Clip is { } longest ? Math.Min(1, longest / (norm + 1e-6)) : 1;
        Parallel.ForEach(tensors, together, named =>
        {
            (string name, Trained tensor) = named;
            float[]? shortened = factor == 1 ? null : Shortened(gradients[name], factor);
            ReadOnlySpan<float> gradient = (shortened ?? gradients[name]).AsSpan(0, tensor.Values.Length);
            tensor.Rule.Optimiser.Update(tensor.Values, gradient, tensor.Shape, tensor.Memories, Step, tensor.Rule.Schedule.At(Step));
            if (shortened is not null) ArrayPool<float>.Shared.Return(shortened);
            if (tensor.Average is not { } average) return;
            double kept = AverageWarmup ? Math.Min(AverageDecay!.Value, (1.0 + Step) / (10.0 + Step)) : AverageDecay!.Value;
            average.Follow(tensor.Values, kept);
        });
        return new StepOutcome(Step, norm, false);
    }

    // The caller's own gradient stays; new memory for every tensor would be as much as all weights in a step.
    private static float[] Shortened(float[] gradient, double factor)
    {
        float[] result = ArrayPool<float>.Shared.Rent(gradient.Length);
        for (int i = 0; i < gradient.Length; i++) result[i] = (float)(gradient[i] * factor);
        return result;
    }

    private static double SumOfSquares(float[] values)
    {
        double sum = 0;
        foreach (float value in values) sum += (double)value * value;
        return sum;
    }

    /// <summary>Every array of the state with the name that it has in a file.</summary>
    internal IEnumerable<(string Name, Shape Shape, float[] Values)> Parts()
    {
        foreach ((string name, Trained tensor) in tensors)
        {
            yield return ("weights." + name, tensor.Shape, tensor.Values);
            if (tensor.Average is { } average)
            {
                yield return ("ema." + name, tensor.Shape, average.Values);
                yield return ("ema-rest." + name, tensor.Shape, average.Rests);
            }
            for (int i = 0; i < tensor.Memories.Length; i++)
                yield return ($"{tensor.Rule.Optimiser.Memories[i]}.{name}", tensor.Shape, tensor.Memories[i]);
            if (tensor.Kept is { } kept) yield return ("kept." + name, tensor.Shape, kept);
        }
    }

    /// <summary>What has to be the same for a run to go on, for people and for comparing.</summary>
    internal string Settings => FormattableString.Invariant($"{Recipe}clip {Clip}, ema {AverageDecay}{(AverageWarmup ? " warmed up" : "")}; ")
        + string.Join("; ", tensors.Values.Select(t => t.Rule.ToString()).Distinct());

    /// <summary>Goes on at a step.</summary>
    internal void ContinueAt(long step) => Step = step;

    private sealed record Trained(Shape Shape, float[] Values, TensorRule Rule, float[][] Memories, Average? Average)
    {
        public float[]? Kept { get; set; }
    }

    // A step moves an average by less than float32 can tell: what rounding takes off is kept beside it.
    private sealed record Average(float[] Values, float[] Rests)
    {
        public void Follow(float[] values, double kept)
        {
            int i = 0;
            for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
            {
                Vector.Widen(new Vector<float>(Values, i), out Vector<double> mean, out Vector<double> otherMean);
                Vector.Widen(new Vector<float>(Rests, i), out Vector<double> rest, out Vector<double> otherRest);
                Vector.Widen(new Vector<float>(values, i), out Vector<double> value, out Vector<double> otherValue);
                mean = kept * (mean + rest) + (1 - kept) * value;
                otherMean = kept * (otherMean + otherRest) + (1 - kept) * otherValue;
                Vector<float> rounded = Vector.Narrow(mean, otherMean);
                Vector.Widen(rounded, out Vector<double> low, out Vector<double> high);
                rounded.CopyTo(Values, i);
                Vector.Narrow(mean - low, otherMean - high).CopyTo(Rests, i);
            }
            for (; i < values.Length; i++)
            {
                double mean = kept * ((double)Values[i] + Rests[i]) + (1 - kept) * values[i];
                Values[i] = (float)mean;
                Rests[i] = (float)(mean - Values[i]);
            }
        }
    }
}
