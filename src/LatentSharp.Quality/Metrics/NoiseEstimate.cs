namespace LatentSharp.Quality.Metrics;

/// <summary>Fine-grained noise, from the response to a mask that ignores flat areas, slopes and straight edges (Immerkaer 1996).</summary>
internal static class NoiseEstimate
{
    /// <summary>The smallest side of a picture with an estimate.</summary>
    public const int MinimumSide = 2 * Block;

    private const int Block = 16;

    // [1 -2 1; -2 4 -2; 1 -2 1] has a squared sum of 36: white noise of deviation s answers with 6 s.
    private const double MaskGain = 6;

    /// <summary>
    /// The deviation of the noise in one plane, in levels: the lower tenth of the blocks, because texture answers like noise and the
    /// calmest blocks have least of it.
    /// </summary>
    /// <exception cref="LatentSharp.LatentSharpException">The plane is smaller than <see cref="MinimumSide"/>.</exception>
    public static double Of(Plane plane)
    {
        ArgumentNullException.ThrowIfNull(plane);
        plane.RequireAtLeast(MinimumSide, "The noise estimate");
        double[] deviations = [.. Energies(plane, plane).Where(e => !double.IsNaN(e)).Select(Math.Sqrt)];
        if (deviations.Length == 0) return 0;
        Array.Sort(deviations);
        return Distribution.Percentile(deviations, 0.1);
    }

    /// <summary>
    /// The deviation of noise that <paramref name="picture"/> has on top of <paramref name="reference"/>, in levels. Independent noise adds
    /// its energy to that of the content; detail that a decoder redraws or smooths does not. The median over blocks of the added energy, or
    /// over the calmest third of them where that is less: what adds energy to texture only is no noise. 0 if nothing was added.
    /// </summary>
    /// <exception cref="LatentSharp.LatentSharpException">The sizes differ or are smaller than <see cref="MinimumSide"/>.</exception>
    public static double Added(Plane reference, Plane picture)
    {
        Plane.RequireSameSize(reference, picture);
        reference.RequireAtLeast(MinimumSide, "The noise estimate");
        double[] before = Energies(reference, picture), after = Energies(picture, picture);
        double[] added = [.. before.Zip(after).Where(e => !double.IsNaN(e.First + e.Second)).OrderBy(e => e.First)
            .Select(e => e.Second - e.First)];
        if (added.Length == 0) return 0;
        double[] calmest = [.. added.Take(Math.Max(1, added.Length / 3)).Order()];
        Array.Sort(added);
        return Math.Sqrt(Math.Max(0, Math.Min(Distribution.Percentile(added, 0.5), Distribution.Percentile(calmest, 0.5))));
    }

    // Mean squared response per block over the gain; NaN for blocks of which a quarter is at an end of the scale in the picture, where
    // noise is cut off.
    private static double[] Energies(Plane plane, Plane clippedIn)
    {
        int rows = (plane.Height - 2) / Block, columns = (plane.Width - 2) / Block;
        double[] energies = new double[rows * columns];
        Parallel.For(0, rows, Measuring.Rows, r =>
        {
            for (int c = 0; c < columns; c++)
            {
                double sum = 0;
                int clipped = 0;
                for (int y = r * Block + 1; y <= (r + 1) * Block; y++)
                {
                    ReadOnlySpan<double> up = plane.Row(y - 1), middle = plane.Row(y), down = plane.Row(y + 1), level = clippedIn.Row(y);
                    for (int x = c * Block + 1; x <= (c + 1) * Block; x++)
                    {
                        double v = up[x - 1] - 2 * up[x] + up[x + 1] - 2 * middle[x - 1] + 4 * middle[x] - 2 * middle[x + 1] + down[x - 1]
                            - 2 * down[x] + down[x + 1];
                        sum += v * v;
                        if (level[x] is <= 0.5 or >= 254.5) clipped++;
                    }
                }
                energies[r * columns + c] = clipped * 4 > Block * Block ? double.NaN : sum / (Block * Block * MaskGain * MaskGain);
            }
        });
        return energies;
    }
}
