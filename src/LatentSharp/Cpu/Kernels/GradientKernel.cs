using System.Runtime.CompilerServices;
using LatentSharp.Cpu.Kernels.Pointwise;
using LatentSharp.Cpu.Simd;
using LatentSharp.Graph;

namespace LatentSharp.Cpu.Kernels;

/// <summary>The inner loops of gradients: products of rows, and sums of outer products.</summary>
internal static unsafe class GradientKernel<S, V> where S : ISimd<V> where V : unmanaged
{
    /// <summary>Outputs that <see cref="AddOuterProducts"/> takes together.</summary>
    public const int Outputs = 4;

    /// <summary>The sum of left[i] right[i].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Dot(float* left, float* right, int count)
    {
        V sum = S.Zero;
        int i = 0;
        for (; i <= count - S.Lanes; i += S.Lanes) sum = S.MultiplyAdd(S.Load(left + i), S.Load(right + i), sum);
        float rest = S.Sum(sum);
        for (; i < count; i++) rest += left[i] * right[i];
        return rest;
    }

    /// <summary>result[i] = gradient[i] times the derivative of a function at value[i], or told by that as its result.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Slopes(ActivationKind kind, float* gradient, float* value, float* result, int count)
    {
        int i = 0;
        if (kind == ActivationKind.SiLU)
            for (; i <= count - S.Lanes; i += S.Lanes)
            {
                V x = S.Load(value + i), one = S.Broadcast(1f);
                V s = S.Divide(one, S.Add(one, Exponential<S, V>.Exp(S.Subtract(S.Zero, x))));
                V slope = S.MultiplyAdd(S.Multiply(s, x), S.Subtract(one, s), s);
                S.Store(result + i, S.Multiply(S.Load(gradient + i), slope));
            }
        else if (kind == ActivationKind.ReLU)
            for (; i <= count - S.Lanes; i += S.Lanes)
                S.Store(result + i, S.SelectLess(S.Zero, S.Load(value + i), S.Load(gradient + i), S.Zero));
        for (; i < count; i++) result[i] = Pointwise.Slopes.Apply(kind, value[i], gradient[i]);
    }

    /// <summary>
    /// sums[o, c] += sum over positions of gradient[p, o] source[p, c]: in float32 over the positions, which should be few hundred, in
    /// float64 from one call to the next.
    /// </summary>
    /// <param name="gradient">The first position's first output.</param>
    /// <param name="gradientStride">Floats from one position to the next.</param>
    /// <param name="outputs">1 to <see cref="Outputs"/>.</param>
    /// <param name="source">The first position's first channel.</param>
    /// <param name="sourceStride">Floats from one position to the next.</param>
    /// <param name="channels">Channels.</param>
    /// <param name="positions">Positions.</param>
    /// <param name="sums">[outputs, channels].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddOuterProducts(float* gradient, nint gradientStride, int outputs, float* source, nint sourceStride, int channels,
        int positions, double* sums)
    {
        int c = 0;
        if (outputs == Outputs)
            for (; c <= channels - 2 * S.Lanes; c += 2 * S.Lanes)
                FourByTwo(gradient, gradientStride, source + c, sourceStride, positions, sums + c, channels);
        for (; c <= channels - S.Lanes; c += S.Lanes)
            for (int o = 0; o < outputs; o++)
            {
                V sum = S.Zero;
                for (int p = 0; p < positions; p++)
                    sum = S.MultiplyAdd(S.Broadcast(gradient[p * gradientStride + o]), S.Load(source + p * sourceStride + c), sum);
                S.AddTo(sums + (nint)o * channels + c, sum);
            }
        for (; c < channels; c++)
            for (int o = 0; o < outputs; o++)
            {
                float sum = 0;
                for (int p = 0; p < positions; p++) sum += gradient[p * gradientStride + o] * source[p * sourceStride + c];
                sums[(nint)o * channels + c] += sum;
            }
    }

    // Eight sums stay in registers.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourByTwo(float* gradient, nint gradientStride, float* source, nint sourceStride, int positions, double* sums,
        nint sumsStride)
    {
        V a0 = S.Zero, a1 = S.Zero, b0 = S.Zero, b1 = S.Zero, c0 = S.Zero, c1 = S.Zero, d0 = S.Zero, d1 = S.Zero;
        for (int p = 0; p < positions; p++)
        {
            V x0 = S.Load(source), x1 = S.Load(source + S.Lanes);
            V g = S.Broadcast(gradient[0]);
            (a0, a1) = (S.MultiplyAdd(g, x0, a0), S.MultiplyAdd(g, x1, a1));
            g = S.Broadcast(gradient[1]);
            (b0, b1) = (S.MultiplyAdd(g, x0, b0), S.MultiplyAdd(g, x1, b1));
            g = S.Broadcast(gradient[2]);
            (c0, c1) = (S.MultiplyAdd(g, x0, c0), S.MultiplyAdd(g, x1, c1));
            g = S.Broadcast(gradient[3]);
            (d0, d1) = (S.MultiplyAdd(g, x0, d0), S.MultiplyAdd(g, x1, d1));
            gradient += gradientStride;
            source += sourceStride;
        }
        S.AddTo(sums, a0);
        S.AddTo(sums + S.Lanes, a1);
        S.AddTo(sums + sumsStride, b0);
        S.AddTo(sums + sumsStride + S.Lanes, b1);
        S.AddTo(sums + 2 * sumsStride, c0);
        S.AddTo(sums + 2 * sumsStride + S.Lanes, c1);
        S.AddTo(sums + 3 * sumsStride, d0);
        S.AddTo(sums + 3 * sumsStride + S.Lanes, d1);
    }
}
