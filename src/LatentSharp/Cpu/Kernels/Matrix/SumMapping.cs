using System.Runtime.CompilerServices;
using LatentSharp.Cpu.Kernels.Pointwise;
using LatentSharp.Cpu.Simd;

namespace LatentSharp.Cpu.Kernels.Matrix;

/// <summary>
/// Applies a <see cref="SumMap"/>: to the sums of a product on their way to memory, or on its own (activation, gate and residual).
/// </summary>
internal static unsafe class SumMapping<S, V> where S : ISimd<V> where V : unmanaged
{
    /// <summary>Writes a block of the result.</summary>
    /// <param name="map">What to do.</param>
    /// <param name="sums">The block's first sum.</param>
    /// <param name="stride">Floats from one row of sums to the next.</param>
    /// <param name="y">The result.</param>
    /// <param name="row">The block's first row in the result.</param>
    /// <param name="rows">Its rows.</param>
    /// <param name="column">The block's first column in the result.</param>
    /// <param name="columns">Its columns.</param>
    public static void Apply(in SumMap map, float* sums, nint stride, in MatrixView y, int row, int rows, int column, int columns)
    {
        Functions<S, V>.Run(map.Function, new Loop(map, sums, stride, y, row, rows, column, columns));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<F, T>(in SumMap map, float* sums, nint stride, in MatrixView y, int row, int rows, int column, int columns)
        where F : IFunction<V> where T : IFunction<float>
    {
        float* bias = map.Bias == 0 ? null : (float*)map.Bias + column, gate = map.Gate == 0 ? null : (float*)map.Gate + column;
        int whole = columns - columns % S.Lanes;
        for (int i = 0; i < rows; i++, sums += stride)
        {
            float* target = y.Row(row + i) + column;
            float* factor = map.Factor.IsNone ? null : map.Factor.Row(row + i) + column;
            float* residual = map.Residual.IsNone ? null : map.Residual.Row(row + i) + column;
            for (int c = 0; c < whole; c += S.Lanes)
            {
                V value = S.Load(sums + c);
                if (bias is not null) value = S.Add(value, S.Load(bias + c));
                value = F.Apply(value);
                if (factor is not null) value = S.Multiply(value, S.Load(factor + c));
                if (gate is not null) value = S.Multiply(value, S.Load(gate + c));
                if (residual is not null) value = S.Add(value, S.Load(residual + c));
                S.Store(target + c, value);
            }
            for (int c = whole; c < columns; c++)
            {
                float value = T.Apply(bias is null ? sums[c] : sums[c] + bias[c]);
                if (factor is not null) value *= factor[c];
                if (gate is not null) value *= gate[c];
                target[c] = residual is null ? value : value + residual[c];
            }
        }
    }

    private readonly struct Loop(SumMap map, float* sums, nint stride, MatrixView y, int row, int rows, int column, int columns)
        : IFunctionLoop<V>
    {
        void IFunctionLoop<V>.Run<F, T>() => SumMapping<S, V>.Run<F, T>(map, sums, stride, y, row, rows, column, columns);
    }
}
