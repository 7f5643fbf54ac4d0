namespace LatentSharp.Quality.Metrics;

/// <summary>
/// How wide the sharpest edges of a picture are. Behind a Gaussian of scale t the gradient of a step that was blurred with sigma s is
/// proportional to 1 / sqrt(s^2 + t^2): two scales give s, edge by edge, whatever the edge's height. Content that is out of focus does not
/// count as long as something is in focus.
/// </summary>
/// <param name="Sigma">The sigma in pixels below which the sharpest quarter of the highest edges lies; 0 when there are too few edges to
/// tell.</param>
/// <param name="Median">The median sigma.</param>
/// <param name="Edges">How many edges were measured.</param>
/// <param name="Grain">The root mean square of the second difference across and down, in levels of white noise that has the same.</param>
internal sealed record EdgeWidth(double Sigma, double Median, int Edges, double Grain)
{
    /// <summary>The smallest side of a picture that is judged.</summary>
    public const int MinimumSide = 64;

    /// <summary>Fewer edges than this say nothing.</summary>
    public const int LeastEdges = 60;

    private const double Fine = 1, Coarse = 2, Strong = 2.5, Highest = 0.2, Sharpest = 0.25;

    private const int Border = 8;

    // Edges count as much as this second difference, and no more.
    private const double MostSecond = 40;

    /// <summary>Measures a luma plane in 8-bit levels.</summary>
    /// <exception cref="LatentSharp.LatentSharpException">The plane is smaller than <see cref="MinimumSide"/>.</exception>
    public static EdgeWidth Of(Plane luma)
    {
        ArgumentNullException.ThrowIfNull(luma);
        luma.RequireAtLeast(MinimumSide, "The width of edges");
        Plane fine = Gradient(luma, Fine), coarse = Gradient(luma, Coarse);
        List<(double Height, double Sigma)> edges = [];
        foreach (int y in Measuring.Each(Border, luma.Height - Border))
            for (int x = Border; x < luma.Width - Border; x++)
            {
                double g = coarse[y, x];
                // Edges are the ridges of the coarse gradient.
                if (g < Strong || !(g >= coarse[y, x - 1] && g > coarse[y, x + 1]) && !(g >= coarse[y - 1, x] && g > coarse[y + 1, x]))
                    continue;
                double ratio = fine[y, x] / g, square = ratio * ratio;
                edges.Add((g, square <= 1.02 ? 12
                    : square >= Coarse * Coarse / (Fine * Fine) ? 0 : Math.Sqrt((Coarse * Coarse - square * Fine * Fine) / (square - 1))));
            }
        double grain = GrainOf(luma);
        if (edges.Count < LeastEdges) return new EdgeWidth(0, 0, edges.Count, grain);
        // High edges are the least disturbed by what lies beside them.
        double[] sigmas = [.. edges.OrderByDescending(e => e.Height).Take(Math.Max(LeastEdges, (int)(Highest * edges.Count)))
            .Select(e => e.Sigma).Order()];
        return new EdgeWidth(Distribution.Percentile(sigmas, Sharpest), Distribution.Percentile(sigmas, 0.5), sigmas.Length, grain);
    }

    private static double GrainOf(Plane luma)
    {
        double sum = 0;
        foreach (int y in Measuring.Each(1, luma.Height - 1))
            for (int x = 1; x < luma.Width - 1; x++)
            {
                double second = Across(y - 1, x) - 2 * Across(y, x) + Across(y + 1, x), bounded = Math.Min(Math.Abs(second), MostSecond);
                sum += bounded * bounded;
            }
        // The weights 1, -2, 1 both ways make white noise 6 times as large.
        return Math.Sqrt(sum / ((luma.Height - 2) * (luma.Width - 2))) / 6;

        double Across(int y, int x) => luma[y, x - 1] - 2 * luma[y, x] + luma[y, x + 1];
    }

    private static Plane Gradient(Plane luma, double sigma)
    {
        Plane smooth = SeparableFilter.Mirrored(luma, SeparableFilter.Gaussian(sigma)), size = new(luma.Height, luma.Width);
        foreach (int y in Measuring.Each(1, luma.Height - 1))
            for (int x = 1; x < luma.Width - 1; x++)
            {
                double dx = 0.5 * (smooth[y, x + 1] - smooth[y, x - 1]), dy = 0.5 * (smooth[y + 1, x] - smooth[y - 1, x]);
                size[y, x] = Math.Sqrt(dx * dx + dy * dy);
            }
        return size;
    }
}
