namespace LatentSharp.Quality.Metrics;

/// <summary>
/// The CIEDE2000 colour difference with kL = kC = kH = 1, after Sharma, Wu, Dalal, "The CIEDE2000 Color-Difference Formula: Implementation
/// Notes" (2005). A difference of about 1 is just visible side by side.
/// </summary>
public static class Ciede2000
{
    private const double Radians = Math.PI / 180;

    // Hues that are exactly opposite must not fall to either side by rounding (pairs 10 and 14 of Sharma's table).
    private const double HueSlack = 1e-10;

    private const double Pow25To7 = 6103515625;

    /// <summary>The difference of two colours; symmetric, 0 for equal colours.</summary>
    public static double Difference(LabColour first, LabColour second)
    {
        double c1 = first.Chroma, c2 = second.Chroma;
        double g = 0.5 * (1 - SaturationOf((c1 + c2) / 2));
        double a1 = (1 + g) * first.A, a2 = (1 + g) * second.A;
        double cp1 = Math.Sqrt(a1 * a1 + first.B * first.B), cp2 = Math.Sqrt(a2 * a2 + second.B * second.B);
        double h1 = HueOf(a1, first.B), h2 = HueOf(a2, second.B);

        double deltaL = second.L - first.L, deltaC = cp2 - cp1;
        bool grey = cp1 * cp2 == 0;
        double deltaHue = grey ? 0 : h2 - h1;
        if (deltaHue > 180 + HueSlack) deltaHue -= 360;
        else if (deltaHue < -180 - HueSlack) deltaHue += 360;
        double deltaH = 2 * Math.Sqrt(cp1 * cp2) * Math.Sin(deltaHue / 2 * Radians);

        double meanL = (first.L + second.L) / 2, meanC = (cp1 + cp2) / 2;
        double meanHue = grey ? h1 + h2
            : Math.Abs(h1 - h2) <= 180 + HueSlack ? (h1 + h2) / 2
            : h1 + h2 < 360 ? (h1 + h2 + 360) / 2 : (h1 + h2 - 360) / 2;

        double t = 1 - 0.17 * Math.Cos((meanHue - 30) * Radians) + 0.24 * Math.Cos(2 * meanHue * Radians)
            + 0.32 * Math.Cos((3 * meanHue + 6) * Radians) - 0.20 * Math.Cos((4 * meanHue - 63) * Radians);
        double bump = (meanHue - 275) / 25;
        double rotation = 30 * Math.Exp(-bump * bump);
        double rc = 2 * SaturationOf(meanC);
        double offset = (meanL - 50) * (meanL - 50);
        double sl = 1 + 0.015 * offset / Math.Sqrt(20 + offset);
        double sc = 1 + 0.045 * meanC, sh = 1 + 0.015 * meanC * t;
        double rt = -Math.Sin(2 * rotation * Radians) * rc;
        double l = deltaL / sl, c = deltaC / sc, h = deltaH / sh;
        return Math.Sqrt(Math.Max(0, l * l + c * c + h * h + rt * c * h));
    }

    /// <summary>The difference at every pixel: [H, W].</summary>
    /// <exception cref="LatentSharp.LatentSharpException">The sizes differ.</exception>
    public static Plane Map(PicturePlanes reference, PicturePlanes picture)
    {
        PicturePlanes.RequireSameSize(reference, picture);
        Plane map = new(reference.Height, reference.Width);
        Parallel.For(0, map.Height, Measuring.Rows, y =>
        {
            Span<double> row = map.Row(y);
            ReadOnlySpan<double> r1 = reference.Red.Row(y), g1 = reference.Green.Row(y), b1 = reference.Blue.Row(y);
            ReadOnlySpan<double> r2 = picture.Red.Row(y), g2 = picture.Green.Row(y), b2 = picture.Blue.Row(y);
            for (int x = 0; x < row.Length; x++)
                row[x] = r1[x] == r2[x] && g1[x] == g2[x] && b1[x] == b2[x] ? 0
                    : Difference(LabColour.FromSrgb(r1[x], g1[x], b1[x]), LabColour.FromSrgb(r2[x], g2[x], b2[x]));
        });
        return map;
    }

    private static double SaturationOf(double chroma)
    {
        double squared = chroma * chroma, to7 = squared * squared * squared * chroma;
        return Math.Sqrt(to7 / (to7 + Pow25To7));
    }

    private static double HueOf(double a, double b)
    {
        if (a == 0 && b == 0) return 0;
        double degrees = Math.Atan2(b, a) / Radians;
        return degrees < 0 ? degrees + 360 : degrees;
    }
}
