namespace LatentSharp.Quality.Metrics;

/// <summary>
/// Visible steps where a smooth gradient should be: among neighbouring pixels in slowly changing areas, the share of isolated jumps (two
/// levels or more between runs of at least three equal pixels on both sides), per thousand. A clean 8-bit gradient steps by one level and
/// scores 0.
/// </summary>
internal static class Banding
{
    private const int Run = 3;

    /// <summary>
    /// Isolated jumps per thousand pixels of slowly changing area on luma rounded to whole levels; 0 when there is no such area.
    /// </summary>
    public static double Of(PicturePlanes picture)
    {
        ArgumentNullException.ThrowIfNull(picture);
        Plane luma = picture.Luma;
        if (Math.Min(luma.Height, luma.Width) < 2 * Run + 2) return 0;
        Plane smooth = SeparableFilter.Mirrored(luma, SeparableFilter.Gaussian(3.0));
        (long jumps, long area) across = Count(luma, smooth), down = Count(Transposed(luma), Transposed(smooth));
        long pixels = across.area + down.area;
        return pixels == 0 ? 0 : 1000.0 * (across.jumps + down.jumps) / pixels;
    }

    private static (long Jumps, long Area) Count(Plane luma, Plane smooth)
    {
        long jumps = 0, area = 0;
        foreach (int y in Measuring.Each(0, luma.Height))
        {
            ReadOnlySpan<double> row = luma.Row(y), slow = smooth.Row(y);
            for (int x = Run; x < row.Length - Run; x++)
            {
                double slope = Math.Abs(slow[x + 1] - slow[x - 1]) / 2;
                if (slope is < 0.02 or > 1.5) continue;
                area++;
                double left = Math.Round(row[x - 1]), right = Math.Round(row[x]), jump = Math.Abs(right - left);
                if (jump is < 2 or > 16) continue;
                bool flat = true;
                for (int k = 1; k < Run && flat; k++) flat = Math.Round(row[x - 1 - k]) == left && Math.Round(row[x + k]) == right;
                if (flat) jumps++;
            }
        }
        return (jumps, area);
    }

    private static Plane Transposed(Plane p)
    {
        Plane t = new(p.Width, p.Height);
        foreach (int y in Measuring.Each(0, p.Height))
            for (int x = 0; x < p.Width; x++) t[x, y] = p[y, x];
        return t;
    }
}
