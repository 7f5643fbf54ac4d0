using System.Runtime.CompilerServices;
using LatentSharp.Cpu.Simd;

namespace LatentSharp.Cpu.Kernels;

/// <summary>The exponential and the functions built on it, a register at a time.</summary>
internal static class Exponential<S, V> where S : ISimd<V> where V : unmanaged
{
    /// <summary>e^x with a relative error below 2e-7 for x in [-87, 88]; x is clamped to that range.</summary>
    /// <remarks>
    /// x = n ln 2 + r with |r| &lt;= ln 2 / 2, then the Taylor polynomial of degree 6 in r (its remainder is below 1.2e-7 of the value) and a shift of the exponent by n.
    /// ln 2 is subtracted in two parts so that r is exact to the last bit.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Exp(V x)
    {
        x = S.Min(S.Max(x, S.Broadcast(-87f)), S.Broadcast(88f));
        V n = S.Round(S.Multiply(x, S.Broadcast(1.44269504f)));
        V r = S.MultiplyAdd(n, S.Broadcast(-0.693359375f), x);
        r = S.MultiplyAdd(n, S.Broadcast(2.12194440e-4f), r);
        V p = S.Broadcast(1f / 720f);
        p = S.MultiplyAdd(p, r, S.Broadcast(1f / 120f));
        p = S.MultiplyAdd(p, r, S.Broadcast(1f / 24f));
        p = S.MultiplyAdd(p, r, S.Broadcast(1f / 6f));
        p = S.MultiplyAdd(p, r, S.Broadcast(0.5f));
        p = S.MultiplyAdd(p, r, S.Broadcast(1f));
        p = S.MultiplyAdd(p, r, S.Broadcast(1f));
        return S.Scale(p, n);
    }

    /// <summary>x / (1 + e^-x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V SiLU(V x) => S.Divide(x, S.Add(S.Broadcast(1f), Exp(S.Subtract(S.Zero, x))));

    /// <summary>tanh x = 1 - 2 / (e^2x + 1), odd by construction; near zero, where that form cancels, the series x - x^3/3 + 2x^5/15 - 17x^7/315.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Tanh(V x)
    {
        V size = S.Abs(x);
        V large = S.Subtract(S.Broadcast(1f), S.Divide(S.Broadcast(2f), S.Add(Exp(S.Add(size, size)), S.Broadcast(1f))));
        V square = S.Multiply(x, x);
        V series = S.Broadcast(-17f / 315f);
        series = S.MultiplyAdd(series, square, S.Broadcast(2f / 15f));
        series = S.MultiplyAdd(series, square, S.Broadcast(-1f / 3f));
        series = S.MultiplyAdd(series, square, S.Broadcast(1f));
        V small = S.Multiply(size, series);
        return S.CopySign(S.SelectLess(size, S.Broadcast(0.12f), small, large), x);
    }
}
