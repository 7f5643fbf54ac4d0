namespace LatentSharp.Weights;

/// <summary>The 8-bit floats of the OCP specification "8-bit Floating Point (OFP8)", December 2023, and the scale type of its microscaling formats.</summary>
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

    /// <summary>2^(code - 127); 0xFF is NaN.</summary>
    public static float FromE8M0(byte code) => code == 0xFF ? float.NaN : MathF.ScaleB(1, code - 127);

    /// <summary>Rounds to the nearest F8_E4M3, ties to the even mantissa. What rounds to more than 448 becomes NaN, as in PyTorch, which has no saturating conversion.</summary>
    public static byte ToE4M3(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        byte sign = (byte)(bits >> 24 & 0x80);
        float size = MathF.Abs(value);
        if (!(size <= 464)) return (byte)(sign | 0x7F);     // 464 lies half way between 448 and 480 and goes to the even 448
        if (size == 0) return sign;
        int exponent = Math.Max(Math.ILogB(size), -6);      // below 2^-6 the spacing stays 2^-9; above it is 2^(exponent - 3)
        int steps = (int)MathF.Round(MathF.ScaleB(size, 3 - exponent), MidpointRounding.ToEven);
        // Carrying out of the mantissa increments the exponent by itself in this arithmetic.
        int code = exponent == -6 ? steps : ((exponent + 7) << 3) + (steps - 8);
        return (byte)(sign | code);
    }
}
