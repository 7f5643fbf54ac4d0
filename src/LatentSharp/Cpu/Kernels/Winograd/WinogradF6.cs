using System.Runtime.CompilerServices;
using LatentSharp.Cpu.Simd;

namespace LatentSharp.Cpu.Kernels.Winograd;

/// <summary>
/// F(6x6, 3x3): 64 products for 36 results, a fifth fewer for each result than F(4x4, 3x3), with the points 0, 1, -1, 2, -2, 1/2, -1/2 and
/// infinity. The points and their inverses keep rounding errors at twice those of F(4x4, 3x3) (root mean square, random filters of 256
/// channels); other points that were tried give up to six times.
/// </summary>
internal readonly unsafe struct WinogradF6<S, V> : IWinogradGradient<V> where S : ISimd<V> where V : unmanaged
{
    public static int Side => 6;

    public static int Patch => Side + 2;

    public static int Step => Side;

    public static int Filters => Patch;

    public static int FilterOf(int value) => value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Filter(V g0, V g1, V g2, V* result, int stride)
    {
        V outer = S.Add(g0, g2), twice = S.Add(g1, g1);
        V wide = S.MultiplyAdd(g2, S.Broadcast(4f), g0), narrow = S.MultiplyAdd(g0, S.Broadcast(4f), g2);
        result[0] = g0;
        result[stride] = S.Multiply(S.Add(outer, g1), S.Broadcast(-2f / 9f));
        result[2 * stride] = S.Multiply(S.Subtract(outer, g1), S.Broadcast(-2f / 9f));
        result[3 * stride] = S.Multiply(S.Add(wide, twice), S.Broadcast(1f / 90f));
        result[4 * stride] = S.Multiply(S.Subtract(wide, twice), S.Broadcast(1f / 90f));
        result[5 * stride] = S.Multiply(S.Add(narrow, twice), S.Broadcast(8f / 45f));
        result[6 * stride] = S.Multiply(S.Subtract(narrow, twice), S.Broadcast(8f / 45f));
        result[7 * stride] = g2;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Input(float* source, nint stride, float* result, nint resultStride, bool enlarged)
    {
        V d0 = S.Load(source), d1 = S.Load(source + stride), d2 = S.Load(source + 2 * stride), d3 = S.Load(source + 3 * stride);
        V d4 = S.Load(source + 4 * stride), d5 = S.Load(source + 5 * stride), d6 = S.Load(source + 6 * stride),
            d7 = S.Load(source + 7 * stride);
        S.Store(result, S.MultiplyAdd(S.Subtract(d4, d2), S.Broadcast(5.25f), S.Subtract(d0, d6)));
        S.Store(result + 7 * resultStride, S.MultiplyAdd(S.Subtract(d3, d5), S.Broadcast(5.25f), S.Subtract(d7, d1)));
        V even = S.MultiplyAdd(d4, S.Broadcast(-4.25f), S.Add(d2, d6)), odd = S.MultiplyAdd(d3, S.Broadcast(-4.25f), S.Add(d1, d5));
        S.Store(result + resultStride, S.Add(even, odd));
        if (!enlarged) S.Store(result + 2 * resultStride, S.Subtract(even, odd));
        V middle = S.Multiply(d3, S.Broadcast(-2.5f));
        even = S.MultiplyAdd(d4, S.Broadcast(-1.25f), S.MultiplyAdd(d2, S.Broadcast(0.25f), d6));
        odd = S.MultiplyAdd(d5, S.Broadcast(2f), S.MultiplyAdd(d1, S.Broadcast(0.5f), middle));
        S.Store(result + 3 * resultStride, S.Add(even, odd));
        S.Store(result + 4 * resultStride, S.Subtract(even, odd));
        even = S.MultiplyAdd(d4, S.Broadcast(-5f), S.MultiplyAdd(d2, S.Broadcast(4f), d6));
        odd = S.MultiplyAdd(d5, S.Broadcast(0.5f), S.MultiplyAdd(d1, S.Broadcast(2f), middle));
        S.Store(result + 5 * resultStride, S.Add(even, odd));
        S.Store(result + 6 * resultStride, S.Subtract(even, odd));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Output(float* source, nint stride, float* result, nint resultStride, bool enlarged)
    {
        V m1 = S.Load(source + stride), m2 = enlarged ? S.Zero : S.Load(source + 2 * stride), m3 = S.Load(source + 3 * stride),
            m4 = S.Load(source + 4 * stride);
        V m5 = S.Load(source + 5 * stride), m6 = S.Load(source + 6 * stride);
        V sum12 = S.Add(m1, m2), difference12 = S.Subtract(m1, m2), sum34 = S.Add(m3, m4), difference34 = S.Subtract(m3, m4);
        V sum56 = S.Add(m5, m6), difference56 = S.Subtract(m5, m6);
        S.Store(result, S.Add(S.Add(S.Load(source), sum12), S.Add(sum34, sum56)));
        S.Store(result + resultStride,
            S.MultiplyAdd(difference56, S.Broadcast(1f / 2f), S.MultiplyAdd(difference34, S.Broadcast(2f), difference12)));
        S.Store(result + 2 * resultStride, S.MultiplyAdd(sum56, S.Broadcast(1f / 4f), S.MultiplyAdd(sum34, S.Broadcast(4f), sum12)));
        S.Store(result + 3 * resultStride,
            S.MultiplyAdd(difference56, S.Broadcast(1f / 8f), S.MultiplyAdd(difference34, S.Broadcast(8f), difference12)));
        S.Store(result + 4 * resultStride, S.MultiplyAdd(sum56, S.Broadcast(1f / 16f), S.MultiplyAdd(sum34, S.Broadcast(16f), sum12)));
        difference12 = S.Add(difference12, S.Load(source + 7 * stride));
        S.Store(result + 5 * resultStride,
            S.MultiplyAdd(difference56, S.Broadcast(1f / 32f), S.MultiplyAdd(difference34, S.Broadcast(32f), difference12)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Spread(float* source, nint stride, float* result, nint resultStride)
    {
        V y0 = S.Load(source), y1 = S.Load(source + stride), y2 = S.Load(source + 2 * stride), y3 = S.Load(source + 3 * stride);
        V y4 = S.Load(source + 4 * stride), y5 = S.Load(source + 5 * stride);
        S.Store(result, y0);
        S.Store(result + 7 * resultStride, y5);
        V even = S.Add(S.Add(y0, y2), y4), odd = S.Add(S.Add(y1, y3), y5);
        S.Store(result + resultStride, S.Add(even, odd));
        S.Store(result + 2 * resultStride, S.Subtract(even, odd));
        even = S.MultiplyAdd(y4, S.Broadcast(16f), S.MultiplyAdd(y2, S.Broadcast(4f), y0));
        odd = S.MultiplyAdd(y5, S.Broadcast(32f), S.MultiplyAdd(y3, S.Broadcast(8f), S.Add(y1, y1)));
        S.Store(result + 3 * resultStride, S.Add(even, odd));
        S.Store(result + 4 * resultStride, S.Subtract(even, odd));
        even = S.MultiplyAdd(y4, S.Broadcast(1f / 16f), S.MultiplyAdd(y2, S.Broadcast(1f / 4f), y0));
        odd = S.MultiplyAdd(y5, S.Broadcast(1f / 32f), S.MultiplyAdd(y3, S.Broadcast(1f / 8f), S.Multiply(y1, S.Broadcast(1f / 2f))));
        S.Store(result + 5 * resultStride, S.Add(even, odd));
        S.Store(result + 6 * resultStride, S.Subtract(even, odd));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Gather(float* source, nint stride, float* result, nint resultStride)
    {
        V u1 = S.Load(source + stride), u2 = S.Load(source + 2 * stride), u3 = S.Load(source + 3 * stride),
            u4 = S.Load(source + 4 * stride);
        V u5 = S.Load(source + 5 * stride), u6 = S.Load(source + 6 * stride);
        V one = S.Multiply(S.Add(u1, u2), S.Broadcast(-2f / 9f)), two = S.Multiply(S.Add(u3, u4), S.Broadcast(1f / 90f)),
            half = S.Multiply(S.Add(u5, u6), S.Broadcast(8f / 45f));
        S.Store(result, S.Add(S.MultiplyAdd(half, S.Broadcast(4f), one), S.Add(two, S.Load(source))));
        S.Store(result + 2 * resultStride, S.Add(S.MultiplyAdd(two, S.Broadcast(4f), one), S.Add(half, S.Load(source + 7 * stride))));
        one = S.Multiply(S.Subtract(u1, u2), S.Broadcast(-2f / 9f));
        two = S.MultiplyAdd(S.Subtract(u3, u4), S.Broadcast(1f / 45f), one);
        S.Store(result + resultStride, S.MultiplyAdd(S.Subtract(u5, u6), S.Broadcast(16f / 45f), two));
    }
}
