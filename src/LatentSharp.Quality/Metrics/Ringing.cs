namespace LatentSharp.Quality.Metrics;

/// <summary>
/// Overshoot and ripples beside strong edges: the deviation of the error in a ring of 3 to 7 pixels around strong edges of the reference,
/// where the reference itself is calm, above its deviation in calm places far from edges.
/// </summary>
internal static class Ringing
{
    // Levels per pixel of the smoothed gradient: an edge of some 60 levels, and an area without visible structure.
    private const double StrongEdge = 18, Calm = 2.5;

    private const int Inner = 3, Outer = 7, Far = 12;

    /// <summary>The excess deviation in levels on luma; 0 when there are no strong edges with calm surroundings.</summary>
    /// <exception cref="LatentSharp.LatentSharpException">The sizes differ.</exception>
    public static double Of(PicturePlanes reference, PicturePlanes picture)
    {
        PicturePlanes.RequireSameSize(reference, picture);
        Plane luma = reference.Luma;
        if (Math.Min(luma.Height, luma.Width) < 2 * Far) return 0;
        Plane smooth = SeparableFilter.Mirrored(luma, SeparableFilter.Gaussian(0.8));
        Plane gradient = new(luma.Height, luma.Width);
        foreach (int y in Measuring.Each(1, luma.Height - 1))
            for (int x = 1; x < luma.Width - 1; x++)
            {
                double dx = 0.5 * (smooth[y, x + 1] - smooth[y, x - 1]), dy = 0.5 * (smooth[y + 1, x] - smooth[y - 1, x]);
                gradient[y, x] = Math.Sqrt(dx * dx + dy * dy);
            }
        Plane difference = Plane.Difference(picture.Luma, luma);
        Plane error = Plane.Difference(difference, SeparableFilter.Mirrored(difference, SeparableFilter.Gaussian(3.0)));
        int[] distance = DistanceToEdges(gradient);
        double near = 0, far = 0;
        long nears = 0, fars = 0;
        for (int i = 0; i < distance.Length; i++)
        {
            if (gradient.Values[i] > Calm) continue;
            double square = error.Values[i] * error.Values[i];
            if (distance[i] is >= Inner and <= Outer) (near, nears) = (near + square, nears + 1);
            else if (distance[i] >= Far) (far, fars) = (far + square, fars + 1);
        }
        if (nears < 64) return 0;
        return Math.Sqrt(Math.Max(0, near / nears - (fars > 0 ? far / fars : 0)));
    }

    // Chebyshev distance by two sweeps (Rosenfeld and Pfaltz 1966).
    private static int[] DistanceToEdges(Plane gradient)
    {
        int h = gradient.Height, w = gradient.Width;
        int[] d = new int[h * w];
        for (int i = 0; i < d.Length; i++) d[i] = gradient.Values[i] >= StrongEdge ? 0 : h + w;
        foreach (int y in Measuring.Each(0, h))
            for (int x = 0; x < w; x++)
            {
                int best = d[y * w + x];
                if (x > 0) best = Math.Min(best, d[y * w + x - 1] + 1);
                if (y > 0)
                    for (int i = Math.Max(0, x - 1); i <= Math.Min(w - 1, x + 1); i++) best = Math.Min(best, d[(y - 1) * w + i] + 1);
                d[y * w + x] = best;
            }
        foreach (int above in Measuring.Each(0, h))
            for (int x = w - 1, y = h - 1 - above; x >= 0; x--)
            {
                int best = d[y * w + x];
                if (x < w - 1) best = Math.Min(best, d[y * w + x + 1] + 1);
                if (y < h - 1)
                    for (int i = Math.Max(0, x - 1); i <= Math.Min(w - 1, x + 1); i++) best = Math.Min(best, d[(y + 1) * w + i] + 1);
                d[y * w + x] = best;
            }
        return d;
    }
}
