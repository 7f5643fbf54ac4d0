using System.Runtime.CompilerServices;
using LatentSharp.Cpu.Kernels.Pointwise;
using LatentSharp.Cpu.Kernels.Winograd;
using LatentSharp.Cpu.Simd;
using LatentSharp.Graph;

namespace LatentSharp.Cpu.Kernels;

/// <summary>The inner loops of gradients: products of rows, and sums of outer products, of pixels as they are and of tiles.</summary>
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
        float* found = stackalloc float[Outputs * 2 * S.Lanes];
        if (outputs == Outputs)
            for (; c <= channels - 2 * S.Lanes; c += 2 * S.Lanes)
            {
                FourByTwo(gradient, gradientStride, source + c, sourceStride, positions, found);
                for (int o = 0; o < Outputs; o++)
                    for (int r = 0; r < 2; r++)
                        S.AddTo(sums + (nint)o * channels + c + r * S.Lanes, S.Load(found + (2 * o + r) * S.Lanes));
            }
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

    /// <summary>
    /// Adds the products of one position of a block's tiles in Winograd's domain to its sums, for a cache line of outputs and all inputs:
    /// in float32 over the tiles of a block, then over the blocks in their order.
    /// </summary>
    /// <param name="blocking">The layout.</param>
    /// <param name="source">The transformed source at the position.</param>
    /// <param name="gradient">The transformed gradient at the position and the first of the outputs.</param>
    /// <param name="tiles">Tiles of the block.</param>
    /// <param name="sums">The sums of the position and the first of the outputs: [outputs, inputs].</param>
    /// <param name="begins">Whether nothing was summed yet.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddTileProducts(in WinogradGradientBlocking blocking, float* source, float* gradient, int tiles, float* sums,
        bool begins)
    {
        const int Pitch = WinogradGradientBlocking.GradientChannels;
        // 32 registers hold the sums of eight outputs, 16 those of four.
        int together = S.Lanes == 16 ? 8 : 4;
        float* found = stackalloc float[8 * 2 * S.Lanes];
        for (int c = 0; c < blocking.Inputs; c += 2 * S.Lanes)
        {
            // Of the last pair of registers one may lie behind the channels: there is room, and what comes of it is not used.
            int registers = Math.Min(2, (blocking.Inputs - c) / S.Lanes);
            float* from = source + blocking.SourceAt(0, c);
            for (int o = 0; o < Pitch; o += together)
            {
                if (S.Lanes == 16) EightByTwo(gradient + o, Pitch, from, WinogradGradientBlocking.SourceChannels, tiles, found);
                else FourByTwo(gradient + o, Pitch, from, WinogradGradientBlocking.SourceChannels, tiles, found);
                for (int i = 0; i < together; i++)
                {
                    float* row = sums + (nint)(o + i) * blocking.Inputs + c;
                    for (int r = 0; r < registers; r++, row += S.Lanes)
                    {
                        V sum = S.Load(found + (2 * i + r) * S.Lanes);
                        S.Store(row, begins ? sum : S.Add(S.Load(row), sum));
                    }
                }
            }
        }
    }

    // Sums over positions of outputs times two registers of channels, which stay in registers: [outputs, two registers].
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourByTwo(float* gradient, nint gradientStride, float* source, nint sourceStride, int positions, float* found)
    {
        V a0 = S.Zero, a1 = S.Zero, b0 = S.Zero, b1 = S.Zero, c0 = S.Zero, c1 = S.Zero, d0 = S.Zero, d1 = S.Zero;
        for (int p = 0; p < positions; p++, gradient += gradientStride, source += sourceStride)
        {
            V x0 = S.Load(source), x1 = S.Load(source + S.Lanes), y = S.Broadcast(gradient[0]);
            (a0, a1, y) = (S.MultiplyAdd(y, x0, a0), S.MultiplyAdd(y, x1, a1), S.Broadcast(gradient[1]));
            (b0, b1, y) = (S.MultiplyAdd(y, x0, b0), S.MultiplyAdd(y, x1, b1), S.Broadcast(gradient[2]));
            (c0, c1, y) = (S.MultiplyAdd(y, x0, c0), S.MultiplyAdd(y, x1, c1), S.Broadcast(gradient[3]));
            (d0, d1) = (S.MultiplyAdd(y, x0, d0), S.MultiplyAdd(y, x1, d1));
        }
        Store(found, a0, a1, b0, b1);
        Store(found + 4 * S.Lanes, c0, c1, d0, d1);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void EightByTwo(float* gradient, nint gradientStride, float* source, nint sourceStride, int positions, float* found)
    {
        V a0 = S.Zero, a1 = S.Zero, b0 = S.Zero, b1 = S.Zero, c0 = S.Zero, c1 = S.Zero, d0 = S.Zero, d1 = S.Zero;
        V e0 = S.Zero, e1 = S.Zero, f0 = S.Zero, f1 = S.Zero, g0 = S.Zero, g1 = S.Zero, h0 = S.Zero, h1 = S.Zero;
        for (int p = 0; p < positions; p++, gradient += gradientStride, source += sourceStride)
        {
            V x0 = S.Load(source), x1 = S.Load(source + S.Lanes), y = S.Broadcast(gradient[0]);
            (a0, a1, y) = (S.MultiplyAdd(y, x0, a0), S.MultiplyAdd(y, x1, a1), S.Broadcast(gradient[1]));
            (b0, b1, y) = (S.MultiplyAdd(y, x0, b0), S.MultiplyAdd(y, x1, b1), S.Broadcast(gradient[2]));
            (c0, c1, y) = (S.MultiplyAdd(y, x0, c0), S.MultiplyAdd(y, x1, c1), S.Broadcast(gradient[3]));
            (d0, d1, y) = (S.MultiplyAdd(y, x0, d0), S.MultiplyAdd(y, x1, d1), S.Broadcast(gradient[4]));
            (e0, e1, y) = (S.MultiplyAdd(y, x0, e0), S.MultiplyAdd(y, x1, e1), S.Broadcast(gradient[5]));
            (f0, f1, y) = (S.MultiplyAdd(y, x0, f0), S.MultiplyAdd(y, x1, f1), S.Broadcast(gradient[6]));
            (g0, g1, y) = (S.MultiplyAdd(y, x0, g0), S.MultiplyAdd(y, x1, g1), S.Broadcast(gradient[7]));
            (h0, h1) = (S.MultiplyAdd(y, x0, h0), S.MultiplyAdd(y, x1, h1));
        }
        Store(found, a0, a1, b0, b1);
        Store(found + 4 * S.Lanes, c0, c1, d0, d1);
        Store(found + 8 * S.Lanes, e0, e1, f0, f1);
        Store(found + 12 * S.Lanes, g0, g1, h0, h1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* target, V first, V second, V third, V fourth)
    {
        S.Store(target, first);
        S.Store(target + S.Lanes, second);
        S.Store(target + 2 * S.Lanes, third);
        S.Store(target + 3 * S.Lanes, fourth);
    }
}
