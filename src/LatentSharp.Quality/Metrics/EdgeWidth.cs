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
internal sealed record EdgeWidth(double Sigma, double Median, int Edges)
{
    /// <summary>The smallest side of a picture that is judged.</summary>
    public const int MinimumSide = 64;

    /// <summary>Fewer edges than this say nothing.</summary>
    public const int LeastEdges = 60;

    private const double Fine = 1, Coarse = 2, Strong = 2.5, Highest = 0.2, Sharpest = 0.25;

    private const int Border = 8;

    /// <summary>Measures a luma plane in 8-bit levels.</summary>
    /// <exception cref="LatentSharp.LatentSharpException">The plane is smaller than <see cref="MinimumSide"/>.</exception>
    public static EdgeWidth Of(Plane luma)
    {
        ArgumentNullException.ThrowIfNull(luma);
        luma.RequireAtLeast(MinimumSide, "The width of edges");
        Plane fine = Gradient(luma, Fine), coarse = Gradient(luma, Coarse);
        List<(double Height, double Sigma)> edges = [];
        for (int y = Border; y < luma.Height - Border; y++)
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
        if (edges.Count < LeastEdges) return new EdgeWidth(0, 0, edges.Count);
        // High edges are the least disturbed by what lies beside them.
        double[] sigmas = [.. edges.OrderByDescending(e => e.Height).Take(Math.Max(LeastEdges, (int)(Highest * edges.Count)))
            .Select(e => e.Sigma).Order()];
        return new EdgeWidth(Distribution.Percentile(sigmas, Sharpest), Distribution.Percentile(sigmas, 0.5), sigmas.Length);
    }

    private static Plane Gradient(Plane luma, double sigma)
    {
        Plane smooth = SeparableFilter.Mirrored(luma, SeparableFilter.Gaussian(sigma)), size = new(luma.Height, luma.Width);
        for (int y = 1; y < luma.Height - 1; y++)
            for (int x = 1; x < luma.Width - 1; x++)
            {
                double dx = 0.5 * (smooth[y, x + 1] - smooth[y, x - 1]), dy = 0.5 * (smooth[y + 1, x] - smooth[y - 1, x]);
                size[y, x] = Math.Sqrt(dx * dx + dy * dy);
            }
        return size;
    }
}
