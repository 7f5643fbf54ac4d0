using System.Runtime.CompilerServices;
using LatentSharp.Cpu.Simd;

namespace LatentSharp.Cpu.Kernels.Pointwise;

/// <summary>The exponential and the functions built on it, a register at a time.</summary>
internal static class Exponential<S, V> where S : ISimd<V> where V : unmanaged
{
    /// <summary>e^x with a relative error below 2e-7 for x in [-87, 88]; x is clamped to that range, NaN stays NaN.</summary>
    /// <remarks>
    /// x = n ln 2 + r with |r| &lt;= ln 2 / 2, then the Taylor polynomial of degree 6 in r (its remainder is below 1.2e-7 of the value) and
    /// a shift of the exponent by n. ln 2 is subtracted in two parts so that r is exact to the last bit.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Exp(V x)
    {
        // Of a number and NaN, x86 gives the second operand, arm64 NaN: in this order NaN passes on both.
        x = S.Min(S.Broadcast(88f), S.Max(S.Broadcast(-87f), x));
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

    /// <summary>
    /// tanh x = 1 - 2 / (e^2x + 1), odd by construction; near zero, where that form cancels, the series x - x^3/3 + 2x^5/15 - 17x^7/315.
    /// </summary>
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

    /// <summary>
    /// The exact GELU, x times the probability P(x) that a standard normal variable lies below x, to 1e-7 of the larger of |x| and 1.
    /// </summary>
    /// <remarks>
    /// P(-z) = erfc(z / sqrt 2) / 2, and erfc(z) = e^(-z^2) q(1 / (1 + 0.4 z)) with a polynomial q of degree 8: interpolation at the
    /// Chebyshev points of 0 &lt;= z &lt;= 9.2, beyond which e^(-z^2) is nothing in float32; its error is below 1.1e-8 of 1 and 5e-7 of the
    /// value. Nothing cancels on the negative side.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Gelu(V x)
    {
        V z = S.Multiply(S.Abs(x), S.Broadcast(0.70710678f));
        V t = S.Divide(S.Broadcast(1f), S.MultiplyAdd(z, S.Broadcast(0.4f), S.Broadcast(1f)));
        V q = S.Broadcast(0.082009275f);
        q = S.MultiplyAdd(q, t, S.Broadcast(-0.43444264f));
        q = S.MultiplyAdd(q, t, S.Broadcast(0.773009823f));
        q = S.MultiplyAdd(q, t, S.Broadcast(-0.484312744f));
        q = S.MultiplyAdd(q, t, S.Broadcast(0.492880892f));
        q = S.MultiplyAdd(q, t, S.Broadcast(0.0995661333f));
        q = S.MultiplyAdd(q, t, S.Broadcast(0.248096533f));
        q = S.MultiplyAdd(q, t, S.Broadcast(0.223062163f));
        q = S.MultiplyAdd(q, t, S.Broadcast(0.000130566741f));
        V tail = S.Multiply(S.Multiply(q, Exp(S.Multiply(S.Subtract(S.Zero, z), z))), S.Broadcast(0.5f));
        return S.Subtract(S.Max(x, S.Zero), S.Multiply(S.Abs(x), tail));
    }

    /// <summary>GELU by tanh: 0.5 (1 + tanh u) is 1 / (1 + e^-2u), u = sqrt(2 / pi) (x + 0.044715 x^3).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V GeluTanh(V x)
    {
        V twice = S.Multiply(x,
            S.MultiplyAdd(S.Multiply(x, x), S.Broadcast(-2 * 0.7978845608f * 0.044715f), S.Broadcast(-2 * 0.7978845608f)));
        return S.Divide(x, S.Add(S.Broadcast(1f), Exp(twice)));
    }

    /// <summary>x / (1 + e^(-1.702 x)).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V QuickGelu(V x) => S.Divide(x, S.Add(S.Broadcast(1f), Exp(S.Multiply(x, S.Broadcast(-1.702f)))));
}
