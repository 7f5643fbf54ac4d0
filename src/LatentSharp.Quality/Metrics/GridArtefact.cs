namespace LatentSharp.Quality.Metrics;

/// <summary>
/// A pattern that repeats with a fixed period in both directions, as decoders leave it (period 8 or 16: the steps of their up-sampling).
/// The plane is high-pass filtered, cut into patches, each patch is folded onto one period, and what the patches have <em>in common</em> is
/// the pattern: picture content differs between patches and averages out, a grid does not.
/// </summary>
/// <param name="Period">The period in pixels.</param>
/// <param name="Rms">Root mean square of the common pattern in 8-bit levels; 0 when the patches have nothing in common.</param>
/// <param name="Significance">
/// How many times stronger the pattern's energy is than the strongest found at periods that no decoder uses: values near or below 1 mean no
/// grid.
/// </param>
/// <param name="Pattern">The mean pattern in levels, Period x Period.</param>
public sealed record GridArtefact(int Period, double Rms, double Significance, Plane Pattern)
{
    private const int PatchSide = 48;

    /// <summary>The smallest side of a picture in which a grid can be told from content.</summary>
    public const int MinimumSide = 2 * PatchSide;

    /// <summary>The largest period that <see cref="Strongest"/> tries.</summary>
    public const int LargestPeriod = 16;

    // A pattern of period p is one of period 2p too: the shortest that holds this share of the strongest is the true one.
    private const double Same = 0.75;

    /// <summary>
    /// Looks for a grid of <paramref name="period"/> pixels in a difference between two pictures, or in one picture itself.
    /// </summary>
    /// <exception cref="LatentSharp.LatentSharpException">The plane is smaller than <see cref="MinimumSide"/>.</exception>
    public static GridArtefact Of(Plane plane, int period)
    {
        ArgumentNullException.ThrowIfNull(plane);
        ArgumentOutOfRangeException.ThrowIfLessThan(period, 2);
        plane.RequireAtLeast(MinimumSide, "The grid detector");
        Plane high = HighPass(plane);
        return From(period, p => Common(high, p));
    }

    /// <summary>The strongest grid of any period from 2 to <see cref="LargestPeriod"/> pixels, with its true period.</summary>
    /// <exception cref="LatentSharp.LatentSharpException">The plane is smaller than <see cref="MinimumSide"/>.</exception>
    public static GridArtefact Strongest(Plane plane)
    {
        ArgumentNullException.ThrowIfNull(plane);
        plane.RequireAtLeast(MinimumSide, "The grid detector");
        Plane high = HighPass(plane);
        (double Energy, Plane Pattern)[] common = new (double, Plane)[LargestPeriod + 4];
        Parallel.For(2, common.Length, Measuring.Rows, p => common[p] = Common(high, p));
        double strongest = 0;
        for (int p = 2; p <= LargestPeriod; p++) strongest = Math.Max(strongest, common[p].Energy);
        int period = 2;
        while (period < LargestPeriod && common[period].Energy < Same * strongest) period++;
        return From(period, p => common[p]);
    }

    private static GridArtefact From(int period, Func<int, (double Energy, Plane Pattern)> common)
    {
        (double energy, Plane pattern) = common(period);
        // Periods near the wanted one that are neither its multiples nor its divisors: content looks the same to them, a grid does not.
        double other = 0;
        foreach (int p in (int[])[period - 1, period + 1, period + 3])
            if (p > 1 && p % period != 0 && period % p != 0) other = Math.Max(other, common(p).Energy);
        double significance = energy <= 0 ? 0 : energy / Math.Max(other, 1e-4);
        return new GridArtefact(period, Math.Sqrt(Math.Max(0, energy)), significance, pattern);
    }

    // A box mean of 17 pixels removes what is larger than the largest period.
    private static Plane HighPass(Plane plane)
    {
        Plane low = SeparableFilter.Mirrored(plane, Enumerable.Repeat(1.0 / 17, 17).ToArray());
        Plane high = Plane.Difference(plane, low);
        // Strong edges would outweigh everything else; a grid is weak by nature.
        for (int i = 0; i < high.Values.Length; i++) high.Values[i] = Math.Clamp(high.Values[i], -8, 8);
        return high;
    }

    // With P_i the folded patches, the mean over pairs i != j of <P_i, P_j> / n is an unbiased estimate of the energy of their common part.
    private static (double Energy, Plane Pattern) Common(Plane high, int period)
    {
        int side = PatchSide / period * period, cells = period * period, repeats = side / period;
        int rows = high.Height / side, columns = high.Width / side, patches = 0;
        double[] sum = new double[cells];
        double squares = 0;
        double[] folded = new double[cells];
        foreach (int py in Measuring.Each(0, rows))
            for (int px = 0; px < columns; px++)
            {
                Array.Clear(folded);
                for (int y = 0; y < side; y++)
                {
                    ReadOnlySpan<double> row = high.Row(py * side + y).Slice(px * side, side);
                    Span<double> cell = folded.AsSpan(y % period * period, period);
                    for (int x = 0; x < side; x++) cell[x % period] += row[x];
                }
                double mean = folded.Average(), square = 0;
                double norm = repeats * repeats;
                for (int i = 0; i < cells; i++)
                {
                    double v = (folded[i] - mean) / norm;
                    sum[i] += v;
                    square += v * v;
                }
                squares += square;
                patches++;
            }
        double total = 0;
        foreach (double s in sum) total += s * s;
        double energy = (total - squares) / ((double)patches * (patches - 1) * cells);
        Plane pattern = new(period, period);
        for (int i = 0; i < cells; i++) pattern.Values[i] = sum[i] / patches;
        return (energy, pattern);
    }
}
