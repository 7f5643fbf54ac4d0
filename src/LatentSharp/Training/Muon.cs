using LatentSharp.Tensors;

namespace LatentSharp.Training;

/// <summary>
/// Muon (KellerJordan/Muon 857d1ad) in full precision: the step is the momentum, seen as a matrix [out, rest], with all its singular
/// values brought near 1 by five steps of Newton and Schulz. For weights of convolutions and linear layers; there is no factor for the
/// size.
/// </summary>
/// <param name="Momentum">How much of the momentum stays.</param>
/// <param name="WeightDecay">See <see cref="Optimiser"/>.</param>
internal sealed record Muon(double Momentum = 0.95, double WeightDecay = 0.01) : Optimiser(WeightDecay)
{
    private const int Iterations = 5;

    // The polynomial a x + b x^3 + c x^5, steep at 0.
    private const float A = 3.4445f, B = -4.7750f, C = 2.0315f;
    private const double Tiny = 1e-7;

    /// <inheritdoc/>
    internal override IReadOnlyList<string> Memories => ["momentum"];

    /// <inheritdoc/>
    public override void Update(Span<float> values, ReadOnlySpan<float> gradient, Shape shape, float[][] memories, long step, double rate)
    {
        Decay(values, rate);
        Span<float> momenta = memories[0];
        var update = new float[values.Length];
        double squares = 0;
        for (int i = 0; i < update.Length; i++)
        {
            double momentum = Momentum * momenta[i] + (1 - Momentum) * gradient[i];
            momenta[i] = (float)momentum;
            double ahead = Momentum * momentum + (1 - Momentum) * gradient[i];
            update[i] = (float)ahead;
            squares += ahead * ahead;
        }
        float scale = (float)(1 / (Math.Sqrt(squares) + Tiny));
        for (int i = 0; i < update.Length; i++) update[i] *= scale;
        int rows = checked((int)shape[0]), columns = update.Length / rows;
        // The products are of the smaller side.
        bool turned = rows > columns;
        float[] found = Orthogonal(turned ? Transposed(update, rows, columns) : update, Math.Min(rows, columns), Math.Max(rows, columns));
        if (turned) found = Transposed(found, columns, rows);
        for (int i = 0; i < values.Length; i++) values[i] = (float)(values[i] - rate * found[i]);
    }

    private static float[] Orthogonal(float[] x, int rows, int columns)
    {
        for (int iteration = 0; iteration < Iterations; iteration++)
        {
            float[] square = new float[rows * rows], polynomial = new float[rows * rows], next = new float[x.Length];
            for (int i = 0; i < rows; i++)
                for (int j = 0; j <= i; j++)
                    square[i * rows + j] = square[j * rows + i] = RowArithmetic.Dot(Row(x, i, columns), Row(x, j, columns));
            // The square is symmetric: its rows are its columns.
            for (int i = 0; i < rows; i++)
                for (int j = 0; j < rows; j++)
                    polynomial[i * rows + j] = B * square[i * rows + j] + C * RowArithmetic.Dot(Row(square, i, rows), Row(square, j, rows));
            for (int i = 0; i < rows; i++)
            {
                Span<float> target = next.AsSpan(i * columns, columns);
                RowArithmetic.Add(target, Row(x, i, columns), A);
                for (int j = 0; j < rows; j++) RowArithmetic.Add(target, Row(x, j, columns), polynomial[i * rows + j]);
            }
            x = next;
        }
        return x;
    }

    private static ReadOnlySpan<float> Row(float[] matrix, int row, int columns) => matrix.AsSpan(row * columns, columns);

    private static float[] Transposed(float[] matrix, int rows, int columns)
    {
        var turned = new float[matrix.Length];
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < columns; j++) turned[j * rows + i] = matrix[i * columns + j];
        return turned;
    }
}
