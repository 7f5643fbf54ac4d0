namespace LatentSharp.Quality.Metrics;

/// <summary>How alike the parts of a picture are. Noise is the same everywhere; scenes are not.</summary>
/// <param name="OfMeans">The variance of the mean luma of blocks, relative to that of all pixels: near 0 for noise.</param>
/// <param name="OfContrast">The deviation of the contrast of blocks, relative to its mean: near 0 for noise.</param>
/// <param name="Contrast">The mean contrast of blocks, as a standard deviation in levels.</param>
internal sealed record Evenness(double OfMeans, double OfContrast, double Contrast)
{
    /// <summary>The side of a block in pixels.</summary>
    public const int Block = 32;

    /// <summary>Measures the luma of a picture of two blocks each way at least.</summary>
    public static Evenness Of(Plane luma)
    {
        List<double> means = [], contrasts = [];
        double all = 0, squares = 0;
        long count = 0;
        for (int top = 0; top + Block <= luma.Height; top += Block)
            for (int left = 0; left + Block <= luma.Width; left += Block)
            {
                double sum = 0, square = 0;
                for (int y = top; y < top + Block; y++)
                    for (int x = left; x < left + Block; x++) (sum, square) = (sum + luma[y, x], square + luma[y, x] * luma[y, x]);
                double mean = sum / (Block * Block);
                means.Add(mean);
                contrasts.Add(Math.Sqrt(Math.Max(0, square / (Block * Block) - mean * mean)));
                (all, squares, count) = (all + sum, squares + square, count + Block * Block);
            }
        double variance = squares / count - all / count * (all / count), usual = contrasts.Average();
        return new Evenness(variance > 0 ? Variance(means) / variance : 1, usual > 0 ? Math.Sqrt(Variance(contrasts)) / usual : 1, usual);
    }

    private static double Variance(List<double> values)
    {
        double mean = values.Average();
        return values.Average(v => (v - mean) * (v - mean));
    }
}
