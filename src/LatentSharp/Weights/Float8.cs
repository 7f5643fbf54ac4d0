namespace LatentSharp.Weights;

/// <summary>
/// The 8-bit floats of the OCP specification "8-bit Floating Point (OFP8)", December 2023, and the scale type of its microscaling formats.
/// </summary>
internal static class Float8
{
    /// <summary>The largest finite F8_E4M3 value, code 0x7E.</summary>
    public const float MaxE4M3 = 448;

    /// <summary>1 sign, 4 exponent (bias 7), 3 mantissa bits; 0x7F and 0xFF are NaN, there is no infinity.</summary>
    public static float FromE4M3(byte code)
    {
        int exponent = (code >> 3) & 15, mantissa = code & 7;
        if (exponent == 15 && mantissa == 7) return float.NaN;
        float size = exponent == 0 ? MathF.ScaleB(mantissa, -9) : MathF.ScaleB(8 + mantissa, exponent - 10);
        return code < 0x80 ? size : -size;
    }

    /// <summary>1 sign, 5 exponent (bias 15), 2 mantissa bits: the upper byte of a binary16.</summary>
    public static float FromE5M2(byte code) => (float)BitConverter.UInt16BitsToHalf((ushort)(code << 8));

    /// <summary>
    /// 1 sign, 4 exponent (bias 8), 3 mantissa bits; 0x80, which would be -0, is the only NaN (Noune and others 2022, arXiv 2206.02915;
    /// PyTorch float8_e4m3fnuz).
    /// </summary>
    public static float FromE4M3FNUZ(byte code) => Fnuz(code, 3, 8);

    /// <summary>1 sign, 5 exponent (bias 16), 2 mantissa bits; 0x80 is the only NaN (PyTorch float8_e5m2fnuz).</summary>
    public static float FromE5M2FNUZ(byte code) => Fnuz(code, 2, 16);

    private static float Fnuz(byte code, int mantissaBits, int bias)
    {
        if (code == 0x80) return float.NaN;
        int exponent = (code & 0x7F) >> mantissaBits, mantissa = code & ((1 << mantissaBits) - 1);
        float size = exponent == 0 ? MathF.ScaleB(mantissa, 1 - bias - mantissaBits)
            : MathF.ScaleB((1 << mantissaBits) + mantissa, exponent - bias - mantissaBits);
        return code < 0x80 ? size : -size;
    }

    /// <summary>2^(code - 127); 0xFF is NaN.</summary>
    public static float FromE8M0(byte code) => code == 0xFF ? float.NaN : MathF.ScaleB(1, code - 127);

    /// <summary>
    /// Rounds to the nearest F8_E4M3, ties to the even mantissa. What rounds to more than 448 becomes NaN, as in PyTorch, which has no
    /// saturating conversion.
    /// </summary>
    public static byte ToE4M3(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        uint sign = bits >> 24 & 0x80, size = bits & 0x7FFF_FFFF;
        const uint overflow = 0x43E8_0000;          // 464, half way between 448 and 480, goes to the even 448; all above and NaN become NaN
        const uint smallestNormal = 0x3C80_0000;    // 2^-6
        if (size > overflow) return (byte)(sign | 0x7F);
        if (size >= smallestNormal)
        {
            // 20 of 23 mantissa bits go; the carry of the rounding may run into the exponent, which is then right. The bias changes from
            // 127 to 7.
            size += 0x7FFFF + (size >> 20 & 1);
            return (byte)(sign | ((size >> 20) - ((127u - 7u) << 3)));
        }
        // Subnormal codes count multiples of 2^-9, the spacing of float32 at 2^14: adding 2^14 rounds to such a multiple.
        const uint magic = 0x4680_0000;
        float shifted = BitConverter.UInt32BitsToSingle(size) + BitConverter.UInt32BitsToSingle(magic);
        return (byte)(sign | (BitConverter.SingleToUInt32Bits(shifted) - magic));
    }
}
