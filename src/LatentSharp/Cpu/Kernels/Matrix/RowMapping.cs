using System.Runtime.CompilerServices;
using LatentSharp.Cpu.Simd;

namespace LatentSharp.Cpu.Kernels.Matrix;

/// <summary>Applies a <see cref="RowMap"/>: while rows are packed for a product, or on its own (LayerNorm, RMSNorm, modulation).</summary>
internal static unsafe class RowMapping<S, V> where S : ISimd<V> where V : unmanaged
{
    /// <summary>Finds what has to be subtracted from each row and what it has to be multiplied by: pairs (mean, 1 / deviation).</summary>
    public static void Statistics(in RowMap map, in MatrixView x, int first, int rows, float* pairs)
    {
        for (int i = 0; i < rows; i++)
        {
            float* row = x.Row(first + i);
            float mean = map.Norm == RowNorm.Layer ? Sum(row, x.Columns) / x.Columns : 0f;
            pairs[2 * i] = mean;
            pairs[2 * i + 1] = 1f / MathF.Sqrt(SumOfSquares(row, x.Columns, mean) / x.Columns + map.Epsilon);
        }
    }

    /// <summary>
    /// Writes columns <paramref name="column"/> .. + <paramref name="columns"/> of rows; source and target may be the same.
    /// </summary>
    /// <param name="map">What to do.</param>
    /// <param name="pairs">The result of <see cref="Statistics"/> for the first row; not read when there is no normalisation.</param>
    /// <param name="x">The matrix.</param>
    /// <param name="first">The first row.</param>
    /// <param name="rows">How many.</param>
    /// <param name="column">The first column.</param>
    /// <param name="columns">How many.</param>
    /// <param name="target">Where the first value goes.</param>
    /// <param name="stride">Floats from one row of the target to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Apply(in RowMap map, float* pairs, in MatrixView x, int first, int rows, int column, int columns, float* target,
        nint stride)
    {
        int whole = columns - columns % S.Lanes;
        for (int i = 0; i < rows; i++, target += stride)
        {
            float* source = x.Row(first + i) + column;
            if (map.IsNone)
            {
                new ReadOnlySpan<float>(source, columns).CopyTo(new Span<float>(target, columns));
                continue;
            }
            float mean = map.Norm == RowNorm.None ? 0f : pairs[2 * i], factor = map.Norm == RowNorm.None ? 1f : pairs[2 * i + 1];
            float* gain = map.Gain == 0 ? null : (float*)map.Gain + column, offset = map.Offset == 0 ? null : (float*)map.Offset + column;
            V means = S.Broadcast(mean), factors = S.Broadcast(factor);
            for (int c = 0; c < whole; c += S.Lanes)
            {
                V value = S.Multiply(S.Subtract(S.Load(source + c), means), factors);
                V scaled = gain is null ? value
                    : map.GainIsScale ? S.MultiplyAdd(value, S.Load(gain + c), value) : S.Multiply(value, S.Load(gain + c));
                S.Store(target + c, offset is null ? scaled : S.Add(scaled, S.Load(offset + c)));
            }
            for (int c = whole; c < columns; c++)
            {
                float value = (source[c] - mean) * factor;
                if (gain is not null) value = map.GainIsScale ? value + value * gain[c] : value * gain[c];
                target[c] = offset is null ? value : value + offset[c];
            }
        }
    }

    // Four sums, so that additions need not wait for one another.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Sum(float* x, int count)
    {
        V a = S.Zero, b = S.Zero, c = S.Zero, d = S.Zero;
        int i = 0;
        for (; i <= count - 4 * S.Lanes; i += 4 * S.Lanes)
        {
            a = S.Add(a, S.Load(x + i));
            b = S.Add(b, S.Load(x + i + S.Lanes));
            c = S.Add(c, S.Load(x + i + 2 * S.Lanes));
            d = S.Add(d, S.Load(x + i + 3 * S.Lanes));
        }
        float sum = S.Sum(S.Add(S.Add(a, b), S.Add(c, d)));
        for (; i < count; i++) sum += x[i];
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float SumOfSquares(float* x, int count, float mean)
    {
        V means = S.Broadcast(mean), a = S.Zero, b = S.Zero, c = S.Zero, d = S.Zero;
        int i = 0;
        for (; i <= count - 4 * S.Lanes; i += 4 * S.Lanes)
        {
            V p = S.Subtract(S.Load(x + i), means), q = S.Subtract(S.Load(x + i + S.Lanes), means);
            V r = S.Subtract(S.Load(x + i + 2 * S.Lanes), means), s = S.Subtract(S.Load(x + i + 3 * S.Lanes), means);
            a = S.MultiplyAdd(p, p, a);
            b = S.MultiplyAdd(q, q, b);
            c = S.MultiplyAdd(r, r, c);
            d = S.MultiplyAdd(s, s, d);
        }
        float sum = S.Sum(S.Add(S.Add(a, b), S.Add(c, d)));
        for (; i < count; i++) sum += (x[i] - mean) * (x[i] - mean);
        return sum;
    }
}
