namespace LatentSharp.Tensors;

/// <summary>A colour: sRGB-encoded red, green and blue in [0, 1].</summary>
internal readonly record struct Rgb(float Red, float Green, float Blue)
{
    /// <summary>The colour written as <c>0xRRGGBB</c>.</summary>
    public static Rgb Hex(int value) => new((value >> 16 & 255) / 255f, (value >> 8 & 255) / 255f, (value & 255) / 255f);

    /// <summary>
    /// The colour with Oklab lightness (0..1), chroma (0..about 0.3) and hue in degrees (B. Ottosson, "A perceptual color space for image
    /// processing", 2020). Chroma is reduced until the colour exists in sRGB.
    /// </summary>
    public static Rgb Oklch(double lightness, double chroma, double hue)
    {
        (double low, double high) = (0, chroma);
        if (Exists(Linear(lightness, chroma, hue))) return Encode(Linear(lightness, chroma, hue));
        for (int i = 0; i < 20; i++)
        {
            double middle = (low + high) / 2;
            if (Exists(Linear(lightness, middle, hue))) low = middle;
            else high = middle;
        }
        return Encode(Linear(lightness, low, hue));
    }

    private static (double Red, double Green, double Blue) Linear(double lightness, double chroma, double hue)
    {
        double radians = hue * Math.PI / 180, a = chroma * Math.Cos(radians), b = chroma * Math.Sin(radians);
        double l = Cube(lightness + 0.3963377774 * a + 0.2158037573 * b), m = Cube(lightness - 0.1055613458 * a - 0.0638541728 * b),
            s = Cube(lightness - 0.0894841775 * a - 1.2914855480 * b);
        return (4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
            -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
            -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s);
    }

    private static bool Exists((double Red, double Green, double Blue) c)
        => Math.Min(c.Red, Math.Min(c.Green, c.Blue)) >= 0 && Math.Max(c.Red, Math.Max(c.Green, c.Blue)) <= 1;

    private static Rgb Encode((double Red, double Green, double Blue) c) => new(Encode(c.Red), Encode(c.Green), Encode(c.Blue));

    private static double Cube(double v) => v * v * v;

    // IEC 61966-2-1.
    private static float Encode(double linear)
    {
        linear = Math.Clamp(linear, 0, 1);
        return (float)(linear <= 0.0031308 ? 12.92 * linear : 1.055 * Math.Pow(linear, 1 / 2.4) - 0.055);
    }
}
