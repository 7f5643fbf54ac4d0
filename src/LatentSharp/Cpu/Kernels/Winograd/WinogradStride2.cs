using System.Runtime.CompilerServices;
using LatentSharp.Cpu.Simd;

namespace LatentSharp.Cpu.Kernels.Winograd;

/// <summary>
/// 3x3 convolutions that go on by two pixels: 49 products for 9 results of 9 taps. Along a side the outer two taps meet every other pixel
/// only, which is a convolution of two taps by F(3, 2) with the points 0, 1, -1 and infinity, four products for three results; the middle
/// tap meets the pixels between, a product for each. Transforms only add and halve, so rounding stays near that of direct sums.
/// </summary>
internal readonly unsafe struct WinogradStride2<S, V> : IWinogradTile<V> where S : ISimd<V> where V : unmanaged
{
    public static int Side => 3;

    public static int Patch => 7;

    public static int Step => 6;

    public static int Filters => 5;

    /// <summary>The last three values are the pixels that meet the middle tap.</summary>
    public static int FilterOf(int value) => Math.Min(value, 4);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Filter(V g0, V g1, V g2, V* result, int stride)
    {
        V half = S.Broadcast(0.5f);
        result[0] = g0;
        result[stride] = S.Multiply(S.Add(g0, g2), half);
        result[2 * stride] = S.Multiply(S.Subtract(g0, g2), half);
        result[3 * stride] = g2;
        result[4 * stride] = g1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Input(float* source, nint stride, float* result, nint resultStride, bool enlarged)
    {
        V d2 = S.Load(source + 2 * stride), d4 = S.Load(source + 4 * stride);
        S.Store(result, S.Subtract(S.Load(source), d4));
        S.Store(result + resultStride, S.Add(d2, d4));
        S.Store(result + 2 * resultStride, S.Subtract(d4, d2));
        S.Store(result + 3 * resultStride, S.Subtract(S.Load(source + 6 * stride), d2));
        S.Store(result + 4 * resultStride, S.Load(source + stride));
        S.Store(result + 5 * resultStride, S.Load(source + 3 * stride));
        S.Store(result + 6 * resultStride, S.Load(source + 5 * stride));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Output(float* source, nint stride, float* result, nint resultStride, bool enlarged)
    {
        V m1 = S.Load(source + stride), m2 = S.Load(source + 2 * stride), sum = S.Add(m1, m2);
        S.Store(result, S.Add(S.Add(S.Load(source), sum), S.Load(source + 4 * stride)));
        S.Store(result + resultStride, S.Add(S.Subtract(m1, m2), S.Load(source + 5 * stride)));
        S.Store(result + 2 * resultStride, S.Add(S.Add(sum, S.Load(source + 3 * stride)), S.Load(source + 6 * stride)));
    }
}
