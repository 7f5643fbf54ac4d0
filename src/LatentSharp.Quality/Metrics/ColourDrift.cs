namespace LatentSharp.Quality.Metrics;

/// <summary>How colours moved as a whole: signed means of picture minus reference, so that a cast shows and noise cancels.</summary>
public sealed record ColourDrift
{
    /// <summary>Mean difference of red in linear light, scale 0 to 1.</summary>
    public required double LinearRed { get; init; }

    /// <summary>Mean difference of green in linear light.</summary>
    public required double LinearGreen { get; init; }

    /// <summary>Mean difference of blue in linear light.</summary>
    public required double LinearBlue { get; init; }

    /// <summary>Mean difference of L*.</summary>
    public required double L { get; init; }

    /// <summary>Mean difference of a*: positive is redder, negative greener.</summary>
    public required double A { get; init; }

    /// <summary>Mean difference of b*: positive is yellower, negative bluer.</summary>
    public required double B { get; init; }

    /// <summary>Mean difference of chroma: positive is more saturated.</summary>
    public required double Chroma { get; init; }

    /// <summary>Mean turn of hue in degrees in (-180, 180], weighted by chroma; 0 where there is no colour.</summary>
    public required double Hue { get; init; }

    /// <summary>The CIEDE2000 difference between the mean colour of the reference and that of the picture.</summary>
    public required double Cast { get; init; }

    // The mean product of the chromas before and after: below a chroma of 2 nobody sees a colour, and the hue of grey is rounding noise.
    private const double LeastColour = 4;

    /// <summary>The length of the mean shift in Lab (the older dE*ab of the means).</summary>
    public double LabShift => Math.Sqrt(L * L + A * A + B * B);

    /// <summary>Measures the drift of <paramref name="picture"/> against <paramref name="reference"/>.</summary>
    /// <exception cref="LatentSharp.LatentSharpException">The sizes differ.</exception>
    public static ColourDrift Of(PicturePlanes reference, PicturePlanes picture)
    {
        PicturePlanes.RequireSameSize(reference, picture);
        const int Terms = 13;
        double[][] rows = new double[reference.Height][];
        Parallel.For(0, reference.Height, Measuring.Rows, y => rows[y] = RowSums(reference, picture, y));
        double[] sum = new double[Terms];
        foreach (double[] row in rows)
            for (int i = 0; i < Terms; i++) sum[i] += row[i];
        double n = (double)reference.Height * reference.Width;
        for (int i = 0; i < Terms; i++) sum[i] /= n;
        LabColour before = new(sum[3], sum[4], sum[5]), after = new(sum[6], sum[7], sum[8]);
        double hue = Math.Abs(sum[10]) + Math.Abs(sum[11]) < LeastColour ? 0 : Math.Atan2(sum[11], sum[10]) * (180 / Math.PI);
        return new ColourDrift
        {
            LinearRed = sum[0],
            LinearGreen = sum[1],
            LinearBlue = sum[2],
            L = after.L - before.L,
            A = after.A - before.A,
            B = after.B - before.B,
            Chroma = sum[9],
            Hue = hue,
            Cast = Ciede2000.Difference(before, after),
        };
    }

    private static double[] RowSums(PicturePlanes reference, PicturePlanes picture, int y)
    {
        double[] s = new double[13];
        for (int x = 0; x < reference.Width; x++)
        {
            double r1 = reference.Red[y, x], g1 = reference.Green[y, x], b1 = reference.Blue[y, x];
            double r2 = picture.Red[y, x], g2 = picture.Green[y, x], b2 = picture.Blue[y, x];
            s[0] += LabColour.ToLinear(r2) - LabColour.ToLinear(r1);
            s[1] += LabColour.ToLinear(g2) - LabColour.ToLinear(g1);
            s[2] += LabColour.ToLinear(b2) - LabColour.ToLinear(b1);
            LabColour p = LabColour.FromSrgb(r1, g1, b1), q = LabColour.FromSrgb(r2, g2, b2);
            s[3] += p.L;
            s[4] += p.A;
            s[5] += p.B;
            s[6] += q.L;
            s[7] += q.A;
            s[8] += q.B;
            s[9] += q.Chroma - p.Chroma;
            // The turn from p to q as a vector: dot and cross product of (a, b) weigh each pixel by both chromas.
            s[10] += p.A * q.A + p.B * q.B;
            s[11] += p.A * q.B - p.B * q.A;
        }
        return s;
    }
}
