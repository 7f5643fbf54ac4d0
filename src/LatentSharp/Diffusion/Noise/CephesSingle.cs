namespace LatentSharp.Diffusion.Noise;

/// <summary>
/// Logarithm, sine and cosine as PyTorch's vectorised float32 code takes them: the polynomials of the Cephes library with multiplications
/// and additions fused where its compiler fuses them. Every operation rounds once, so the results are the same on every platform.
/// </summary>
internal static class CephesSingle
{
    private static ReadOnlySpan<float> LogCoefficients =>
        [-0.1151461031f, 0.1167699874f, -0.12420140846f, 0.14249322787f, -0.16668057665f, 0.20000714765f, -0.24999993993f, 0.33333331174f];

    /// <summary>ln x for x in (0, 1].</summary>
    public static float Log(float x)
    {
        // x = m * 2^exponent with m in [0.5, 1); below sqrt(1/2) m is doubled.
        uint bits = BitConverter.SingleToUInt32Bits(x);
        float exponent = (int)(bits >> 23) - 126;
        float m = BitConverter.UInt32BitsToSingle((bits & 0x7fffff) | 0x3f000000);
        if (m < 0.70710677f)
        {
            exponent -= 1;
            m = m - 1 + m;
        }
        else
        {
            m -= 1;
        }
        float z = m * m, y = 0.070376836292f;
        foreach (float c in LogCoefficients) y = MathF.FusedMultiplyAdd(y, m, c);
        y *= m;
        y = MathF.FusedMultiplyAdd(y, z, exponent * -2.12194440e-4f);
        y = MathF.FusedMultiplyAdd(z, -0.5f, y);
        return MathF.FusedMultiplyAdd(exponent, 0.693359375f, m + y);
    }

    /// <summary>The sine and the cosine of an angle of at least 0.</summary>
    public static (float Sin, float Cos) SinCos(float angle)
    {
        int octant = ((int)(angle * 1.27323954473516f) + 1) & ~1;
        float q = octant;
        float x = MathF.FusedMultiplyAdd(q, -0.78515625f, angle);
        x = MathF.FusedMultiplyAdd(q, -2.4187564849853515625e-4f, x);
        x = MathF.FusedMultiplyAdd(q, -3.77489497744594108e-8f, x);
        float z = x * x;
        float p = MathF.FusedMultiplyAdd(2.443315711809948e-5f, z, -1.388731625493765e-3f);
        p = MathF.FusedMultiplyAdd(p, z, 4.166664568298827e-2f) * z;
        p = MathF.FusedMultiplyAdd(p, z, -(z * 0.5f)) + 1;
        float s = MathF.FusedMultiplyAdd(-1.9515295891e-4f, z, 8.3321608736e-3f);
        s = MathF.FusedMultiplyAdd(s, z, -1.6666654611e-1f) * z;
        s = MathF.FusedMultiplyAdd(s, x, x);
        (float sin, float cos) = (octant & 2) == 0 ? (s, p) : (p, s);
        return ((octant & 4) != 0 ? -sin : sin, (~(octant - 2) & 4) != 0 ? -cos : cos);
    }
}
