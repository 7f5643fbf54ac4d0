using LatentSharp.Tensors;
using LatentSharp.Training;
using LatentSharp.Weights;

namespace LatentSharp.Tuning;

/// <summary>
/// The tensors that are trained: as they are, or by what is added to them, the product of two narrow matrices (Hu et al. 2021). Then a
/// tensor [rows, ...] is W + U D with U [rows, rank], which begins at 0, and D [rank, the rest]; the state holds U and D, and whoever reads
/// the tensor gets the sum.
/// </summary>
internal sealed class TrainedTensors
{
    private const string Up = ".up", Down = ".down";

    private readonly TrainingState state;
    private readonly SortedDictionary<string, Factors> factored = new(StringComparer.Ordinal);
    private readonly Dictionary<string, float[]> gradients = [];

    /// <param name="weights">Where the tensors begin.</param>
    /// <param name="names">Those that are trained.</param>
    /// <param name="options">How.</param>
    public TrainedTensors(WeightSource weights, IEnumerable<string> names, TrainerOptions options)
    {
        var parts = new List<(string Name, Shape Shape, float[] Values)>();
        foreach (string name in names.Order(StringComparer.Ordinal))
        {
            TensorInfo tensor = weights.Tensors[name];
            float[] values = weights.Read(tensor);
            if (options.Part.Rank is not { } most)
            {
                parts.Add((name, tensor.Shape, values));
                continue;
            }
            int rows = checked((int)tensor.Shape[0]), columns = values.Length / rows, rank = RankOf(tensor.Shape, most);
            factored[name] = new Factors(rows, columns, rank, values, [.. values], [.. values]);
            parts.Add((name + Up, new Shape(rows, rank), new float[rows * rank]));
            parts.Add((name + Down, new Shape(rank, columns), Start(name, rank, columns)));
        }
        state = new TrainingState(parts, n => options.RuleOf(n, parts.First(p => p.Name == n).Shape.Rank), options.Average, options.Clip)
        {
            AverageWarmup = true,
            Threads = options.Compute!.EffectiveThreads,
            Recipe = options.Recipe.Length == 0 ? "" : options.Recipe + "; ",
        };
        Parameters = parts.Sum(p => (long)p.Values.Length);
        foreach ((string name, _, float[] values) in parts)
            if (factored.Count > 0) gradients[name] = new float[values.Length];
    }

    /// <summary>How many numbers are trained.</summary>
    public long Parameters { get; }

    /// <summary>Steps that were made.</summary>
    public long Step => state.Step;

    /// <summary>Whether <see cref="Keep"/> has kept anything.</summary>
    public bool HasKept => state.HasKept;

    /// <summary>The numbers that a tensor is trained by.</summary>
    public static long ParametersOf(Shape shape, int? rank)
    {
        if (rank is not { } most) return shape.ElementCount;
        long rows = shape[0], columns = shape.ElementCount / rows;
        return RankOf(shape, most) * (rows + columns);
    }

    /// <summary>Bytes of tensors that are trained and of all that is remembered of them.</summary>
    public static long StateBytes(IReadOnlyCollection<Shape> shapes, int? rank)
    {
        // The weights, two memories, the mean with what rounding took off it, what is kept, and the gradient: float32 each. Beside factors
        // there are the tensors before, as they are, as their means are, and their gradients.
        long whole = rank is null ? 0 : shapes.Sum(s => s.ElementCount);
        return sizeof(float) * (7 * shapes.Sum(s => ParametersOf(s, rank)) + 4 * whole);
    }

    /// <summary>The values of a tensor as they are now, which steps change in place.</summary>
    public float[] ValuesOf(string name) => factored.TryGetValue(name, out Factors? f) ? f.Values : state.ValuesOf(name);

    /// <summary>The result as it is now, which steps change in place.</summary>
    public float[] ResultOf(string name) => factored.TryGetValue(name, out Factors? f) ? f.Result : state.ResultOf(name);

    /// <summary>What was kept of a tensor.</summary>
    public float[] KeptOf(string name)
    {
        if (!factored.TryGetValue(name, out Factors? f)) return state.KeptOf(name);
        var kept = new float[f.Base.Length];
        f.Sum(kept, state.KeptOf(name + Up), state.KeptOf(name + Down));
        return kept;
    }

    /// <summary>The two matrices whose product was added to a tensor when it was kept: [rows, rank] and [rank, columns].</summary>
    public (float[] Up, float[] Down) KeptFactorsOf(string name) => (state.KeptOf(name + Up), state.KeptOf(name + Down));

    /// <summary>Keeps the result as it is now.</summary>
    public void Keep() => state.Keep();

    /// <summary>The highest rate of a step.</summary>
    public double RateAt(long step) => state.RateAt(step);

    /// <summary>Makes a step.</summary>
    /// <param name="whole">The gradient of every tensor.</param>
    public StepOutcome Advance(IReadOnlyDictionary<string, float[]> whole)
    {
        if (factored.Count == 0) return state.Advance(whole);
        foreach ((string name, Factors f) in factored)
            f.Project(whole[name], state.ValuesOf(name + Up), state.ValuesOf(name + Down), gradients[name + Up], gradients[name + Down]);
        StepOutcome outcome = state.Advance(gradients);
        Refresh();
        return outcome;
    }

    /// <summary>Writes the state: see <see cref="TrainingFile"/>.</summary>
    public void Save(string path, string notes) => TrainingFile.Save(state, path, notes);

    /// <summary>Goes on from a state.</summary>
    public string Resume(string path)
    {
        string notes = TrainingFile.Load(state, path);
        Refresh();
        return notes;
    }

    private void Refresh()
    {
        foreach ((string name, Factors f) in factored)
        {
            f.Sum(f.Values, state.ValuesOf(name + Up), state.ValuesOf(name + Down));
            f.Sum(f.Result, state.ResultOf(name + Up), state.ResultOf(name + Down));
        }
    }

    private static int RankOf(Shape shape, int most)
    {
        long rows = shape[0], columns = shape.ElementCount / rows;
        return (int)Math.Min(most, Math.Min(rows, columns));
    }

    // The deviation is 1 / sqrt(columns).
    private static float[] Start(string name, int rank, int columns)
    {
        var values = new float[rank * columns];
        InitialValues.Evenly(values, name, 0, Math.Sqrt(3.0 / columns));
        return values;
    }

    private sealed record Factors(int Rows, int Columns, int Rank, float[] Base, float[] Values, float[] Result)
    {
        /// <summary>W + U D.</summary>
        public void Sum(float[] target, float[] up, float[] down)
        {
            Base.CopyTo(target, 0);
            for (int row = 0; row < Rows; row++)
                for (int k = 0; k < Rank; k++)
                    RowArithmetic.Add(target.AsSpan(row * Columns, Columns), down.AsSpan(k * Columns, Columns), up[row * Rank + k]);
        }

        /// <summary>dU = dW D^T, dD = U^T dW.</summary>
        public void Project(float[] gradient, float[] up, float[] down, float[] toUp, float[] toDown)
        {
            Array.Clear(toDown);
            for (int row = 0; row < Rows; row++)
            {
                ReadOnlySpan<float> of = gradient.AsSpan(row * Columns, Columns);
                for (int k = 0; k < Rank; k++)
                {
                    toUp[row * Rank + k] = RowArithmetic.Dot(of, down.AsSpan(k * Columns, Columns));
                    RowArithmetic.Add(toDown.AsSpan(k * Columns, Columns), of, up[row * Rank + k]);
                }
            }
        }
    }
}
