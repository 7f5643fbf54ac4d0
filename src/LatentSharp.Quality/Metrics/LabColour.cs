namespace LatentSharp.Quality.Metrics;

/// <summary>
/// A colour in CIE L*a*b* under D65 with the 2 degree observer: L in [0, 100], a and b roughly in [-110, 100] for sRGB colours.
/// </summary>
/// <param name="L">Lightness.</param>
/// <param name="A">Green (negative) to red (positive).</param>
/// <param name="B">Blue (negative) to yellow (positive).</param>
public readonly record struct LabColour(double L, double A, double B)
{
    private static readonly double[] LinearOfLevel = Enumerable.Range(0, 256).Select(i => Linearise(i / 255.0)).ToArray();

    /// <summary>Chroma: the distance from grey.</summary>
    public double Chroma => Math.Sqrt(A * A + B * B);

    /// <summary>Hue angle in degrees, [0, 360): 0 towards red, 90 yellow, 180 green, 270 blue.</summary>
    public double Hue
    {
        get
        {
            double degrees = Math.Atan2(B, A) * (180 / Math.PI);
            return degrees < 0 ? degrees + 360 : degrees;
        }
    }

    /// <summary>
    /// From sRGB-encoded levels in [0, 255]: IEC 61966-2-1 curve, Lindbloom's sRGB matrix, white 0.95047 1 1.08883, epsilon 216/24389,
    /// kappa 24389/27.
    /// </summary>
    public static LabColour FromSrgb(double red, double green, double blue)
    {
        double r = ToLinear(red), g = ToLinear(green), b = ToLinear(blue);
        double x = 0.4124564 * r + 0.3575761 * g + 0.1804375 * b;
        double y = 0.2126729 * r + 0.7151522 * g + 0.0721750 * b;
        double z = 0.0193339 * r + 0.1191920 * g + 0.9503041 * b;
        double fx = Compress(x / 0.95047), fy = Compress(y), fz = Compress(z / 1.08883);
        return new LabColour(116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz));
    }

    /// <summary>Linear light in [0, 1] of an sRGB-encoded level in [0, 255].</summary>
    public static double ToLinear(double level)
    {
        int whole = (int)level;
        return whole == level && (uint)whole < 256 ? LinearOfLevel[whole] : Linearise(level / 255);
    }

    private static double Linearise(double v) => v <= 0.04045 ? v / 12.92 : Math.Pow((v + 0.055) / 1.055, 2.4);

    private static double Compress(double t) => t > 216.0 / 24389 ? Math.Cbrt(t) : (24389.0 / 27 * t + 16) / 116;
}
