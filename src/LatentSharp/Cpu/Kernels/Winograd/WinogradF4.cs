using System.Runtime.CompilerServices;
using LatentSharp.Cpu.Simd;

namespace LatentSharp.Cpu.Kernels.Winograd;

/// <summary>F(4x4, 3x3): 36 products for 16 results, with the points 0, 1, -1, 2, -2 and infinity.</summary>
internal readonly unsafe struct WinogradF4<S, V> : IWinogradGradient<V> where S : ISimd<V> where V : unmanaged
{
    public static int Side => 4;

    public static int Patch => Side + 2;

    public static int Step => Side;

    public static int Filters => Patch;

    public static int FilterOf(int value) => value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Filter(V g0, V g1, V g2, V* result, int stride)
    {
        V outer = S.Add(g0, g2);
        V wide = S.MultiplyAdd(g2, S.Broadcast(4f), g0);
        V twice = S.Add(g1, g1);
        result[0] = S.Multiply(g0, S.Broadcast(0.25f));
        result[stride] = S.Multiply(S.Add(outer, g1), S.Broadcast(-1f / 6f));
        result[2 * stride] = S.Multiply(S.Subtract(outer, g1), S.Broadcast(-1f / 6f));
        result[3 * stride] = S.Multiply(S.Add(wide, twice), S.Broadcast(1f / 24f));
        result[4 * stride] = S.Multiply(S.Subtract(wide, twice), S.Broadcast(1f / 24f));
        result[5 * stride] = g2;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Input(float* source, nint stride, float* result, nint resultStride, bool enlarged)
    {
        V d0 = S.Load(source), d1 = S.Load(source + stride), d2 = S.Load(source + 2 * stride), d3 = S.Load(source + 3 * stride),
            d4 = S.Load(source + 4 * stride);
        V d5 = S.Load(source + 5 * stride);
        V minusFour = S.Broadcast(-4f), minusFive = S.Broadcast(-5f), four = S.Broadcast(4f);
        V even = S.MultiplyAdd(d2, minusFour, d4), odd = S.MultiplyAdd(d1, minusFour, d3);
        V nearEven = S.Subtract(d4, d2), nearOdd = S.Multiply(S.Broadcast(2f), S.Subtract(d3, d1));
        S.Store(result, S.MultiplyAdd(d0, four, S.MultiplyAdd(d2, minusFive, d4)));
        S.Store(result + resultStride, S.Add(even, odd));
        if (!enlarged) S.Store(result + 2 * resultStride, S.Subtract(even, odd));
        S.Store(result + 3 * resultStride, S.Add(nearEven, nearOdd));
        S.Store(result + 4 * resultStride, S.Subtract(nearEven, nearOdd));
        S.Store(result + 5 * resultStride, S.MultiplyAdd(d1, four, S.MultiplyAdd(d3, minusFive, d5)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Output(float* source, nint stride, float* result, nint resultStride, bool enlarged)
    {
        V m1 = S.Load(source + stride), m2 = enlarged ? S.Zero : S.Load(source + 2 * stride), m3 = S.Load(source + 3 * stride),
            m4 = S.Load(source + 4 * stride);
        V sum12 = S.Add(m1, m2), difference12 = S.Subtract(m1, m2), sum34 = S.Add(m3, m4), difference34 = S.Subtract(m3, m4);
        S.Store(result, S.Add(S.Add(S.Load(source), sum12), sum34));
        S.Store(result + resultStride, S.MultiplyAdd(difference34, S.Broadcast(2f), difference12));
        S.Store(result + 2 * resultStride, S.MultiplyAdd(sum34, S.Broadcast(4f), sum12));
        S.Store(result + 3 * resultStride, S.MultiplyAdd(difference34, S.Broadcast(8f), S.Add(difference12, S.Load(source + 5 * stride))));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Spread(float* source, nint stride, float* result, nint resultStride)
    {
        V y0 = S.Load(source), y1 = S.Load(source + stride), y2 = S.Load(source + 2 * stride), y3 = S.Load(source + 3 * stride);
        S.Store(result, y0);
        S.Store(result + 5 * resultStride, y3);
        V even = S.Add(y0, y2), odd = S.Add(y1, y3);
        S.Store(result + resultStride, S.Add(even, odd));
        S.Store(result + 2 * resultStride, S.Subtract(even, odd));
        even = S.MultiplyAdd(y2, S.Broadcast(4f), y0);
        odd = S.MultiplyAdd(y3, S.Broadcast(8f), S.Add(y1, y1));
        S.Store(result + 3 * resultStride, S.Add(even, odd));
        S.Store(result + 4 * resultStride, S.Subtract(even, odd));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Gather(float* source, nint stride, float* result, nint resultStride)
    {
        V u1 = S.Load(source + stride), u2 = S.Load(source + 2 * stride), u3 = S.Load(source + 3 * stride),
            u4 = S.Load(source + 4 * stride);
        V one = S.Multiply(S.Add(u1, u2), S.Broadcast(-1f / 6f)), two = S.Multiply(S.Add(u3, u4), S.Broadcast(1f / 24f));
        S.Store(result, S.Add(S.MultiplyAdd(S.Load(source), S.Broadcast(0.25f), one), two));
        S.Store(result + 2 * resultStride, S.Add(S.MultiplyAdd(two, S.Broadcast(4f), one), S.Load(source + 5 * stride)));
        one = S.Multiply(S.Subtract(u1, u2), S.Broadcast(-1f / 6f));
        S.Store(result + resultStride, S.MultiplyAdd(S.Subtract(u3, u4), S.Broadcast(1f / 12f), one));
    }
}
