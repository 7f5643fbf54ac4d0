namespace LatentSharp.Quality.Metrics;

/// <summary>
/// Where the tones of a picture end, channel by channel. In most pictures some pixels were cut off at black or white; whatever is done to
/// the picture afterwards moves all of these to one colour, which then is the darkest or lightest in every channel at once.
/// </summary>
/// <param name="Black">The level below which a thousandth of each channel lies: red, green, blue.</param>
/// <param name="White">The level above which a thousandth lies.</param>
/// <param name="AtBlack">The share of pixels that are within two levels of <paramref name="Black"/> in all channels.</param>
/// <param name="AtWhite">The same of <paramref name="White"/>.</param>
internal sealed record ToneEnds(double[] Black, double[] White, double AtBlack, double AtWhite)
{
    private const double Tail = 0.001, Within = 2;

    /// <summary>How far the channels' whites are apart.</summary>
    public double WhiteSpread => White.Max() - White.Min();

    /// <summary>How far the channels' blacks are apart.</summary>
    public double BlackSpread => Black.Max() - Black.Min();

    /// <summary>Measures a picture.</summary>
    public static ToneEnds Of(PicturePlanes planes)
    {
        double[] black = new double[3], white = new double[3];
        for (int c = 0; c < 3; c++)
        {
            double[] sorted = Distribution.Ascending([.. planes[c].Values]);
            (black[c], white[c]) = (Distribution.Percentile(sorted, Tail), Distribution.Percentile(sorted, 1 - Tail));
        }
        int dark = 0, light = 0, pixels = planes.Red.Values.Length;
        foreach (int y in Measuring.Each(0, planes.Height))
            for (int x = 0; x < planes.Width; x++)
            {
                (double r, double g, double b) = (planes.Red[y, x], planes.Green[y, x], planes.Blue[y, x]);
                if (r <= black[0] + Within && g <= black[1] + Within && b <= black[2] + Within) dark++;
                if (r >= white[0] - Within && g >= white[1] - Within && b >= white[2] - Within) light++;
            }
        return new ToneEnds(black, white, (double)dark / pixels, (double)light / pixels);
    }
}
