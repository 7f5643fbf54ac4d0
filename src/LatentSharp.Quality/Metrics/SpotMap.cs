
namespace LatentSharp.Quality.Metrics;

/// <summary>Places where a picture differs from its reference by far more than elsewhere, on a small part of its area.</summary>
/// <param name="Places">Their rectangles, the strongest first.</param>
/// <param name="Contrast">The median over the places of their largest difference, in levels.</param>
/// <param name="Area">Share of the picture that they cover, [0, 1].</param>
internal sealed record SpotMap(IReadOnlyList<FindingPlace> Places, double Contrast, double Area)
{
    private const double LeastContrast = 26, AboveUsual = 4, OfContent = 0.5, LargestSpot = 0.03, LargestArea = 0.12, LeastOfFew = 0.0004;

    private const int Few = 4;

    /// <summary>Looks at the differences of red, green and blue.</summary>
    /// <param name="difference">Picture minus reference.</param>
    /// <param name="content">Red, green and blue of the reference: beside its edges, those between colours alike in luma too, errors are larger.</param>
    public static SpotMap Of(IReadOnlyList<Plane> difference, IReadOnlyList<Plane> content)
    {
        int height = difference[0].Height, width = difference[0].Width;
        double[] box = [1 / 3.0, 1 / 3.0, 1 / 3.0];
        double[] size = new double[height * width];
        foreach (Plane plane in difference)
        {
            if (Math.Min(height, width) < 3) break;
            double[] smooth = SeparableFilter.Mirrored(plane, box).Values;
            for (int i = 0; i < size.Length; i++) size[i] = Math.Max(size[i], Math.Abs(smooth[i]));
        }
        Parallel.For(0, height, Measuring.Rows, y =>
        {
            for (int x = 0; x < width; x++) size[y * width + x] -= OfContent * content.Max(c => Range(c, y, x));
        });
        double[] sorted = [.. size.Where((_, i) => i % 7 == 0)];
        Array.Sort(sorted);
        double threshold = Math.Max(LeastContrast, AboveUsual * Distribution.Percentile(sorted, 0.9));
        List<(FindingPlace Place, double Peak, int Size)> spots = [];
        bool[] seen = new bool[size.Length];
        Stack<int> open = new();
        long covered = 0;
        for (int start = 0; start < size.Length; start++)
        {
            if (seen[start] || size[start] < threshold) continue;
            (int left, int top, int right, int bottom, int count, double peak) = (width, height, -1, -1, 0, 0.0);
            seen[start] = true;
            open.Push(start);
            while (open.TryPop(out int at))
            {
                (int y, int x) = (at / width, at % width);
                (left, right, top, bottom, count, peak) = (Math.Min(left, x), Math.Max(right, x), Math.Min(top, y), Math.Max(bottom, y),
                    count + 1, Math.Max(peak, size[at]));
                for (int j = Math.Max(0, y - 1); j <= Math.Min(height - 1, y + 1); j++)
                    for (int i = Math.Max(0, x - 1); i <= Math.Min(width - 1, x + 1); i++)
                    {
                        int next = j * width + i;
                        if (seen[next] || size[next] < threshold) continue;
                        seen[next] = true;
                        open.Push(next);
                    }
            }
            covered += count;
            // A spot fills its rectangle; a line of misplaced edge does not.
            bool compact = count >= 0.45 * (right - left + 1) * (bottom - top + 1)
                && Math.Max(right - left, bottom - top) <= 6 * (Math.Min(right - left, bottom - top) + 1);
            compact &= Math.Min(right - left, bottom - top) + 1 >= 3;
            if (count >= 7 && compact && count <= LargestSpot * size.Length)
                spots.Add((new FindingPlace(left, top, right - left + 1, bottom - top + 1), peak, count));
        }
        // A few pixels where a decoder is wrong beside an edge are no spots.
        if (spots.Count < Few && spots.Sum(s => s.Size) < LeastOfFew * size.Length) spots.Clear();
        double area = (double)covered / size.Length, kept = (double)spots.Sum(s => s.Size) / size.Length;
        if (spots.Count == 0 || area > LargestArea || kept < 0.5 * area) return new SpotMap([], 0, 0);
        double[] peaks = [.. spots.Select(s => s.Peak).Order()];
        return new SpotMap([.. spots.OrderByDescending(s => s.Peak * Math.Sqrt(s.Size)).Select(s => s.Place)],
            Distribution.Percentile(peaks, 0.5), kept);
    }

    // Between the lightest and the darkest of 5x5 pixels.
    private static double Range(Plane plane, int y, int x)
    {
        double low = double.PositiveInfinity, high = double.NegativeInfinity;
        for (int j = Math.Max(0, y - 2); j <= Math.Min(plane.Height - 1, y + 2); j++)
            foreach (double v in plane.Row(j)[Math.Max(0, x - 2)..Math.Min(plane.Width, x + 3)])
                (low, high) = (Math.Min(low, v), Math.Max(high, v));
        return high - low;
    }
}
