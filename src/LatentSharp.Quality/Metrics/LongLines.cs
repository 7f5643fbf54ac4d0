namespace LatentSharp.Quality.Metrics;

/// <summary>
/// Weak seams of a picture without a reference: where the median step over each stretch of 16 pixels is small beside the texture, but the
/// same from side to side. Every pixel of the line takes part, so that steps of a few levels stand out that no single stretch would prove.
/// </summary>
internal static class LongLines
{
    private const int Segment = 16, Margin = 8, Near = 28, Edge = 4;

    // A line's mean step in levels, how far it stands out of those beside it in units of their spread, the share of its stretches that have
    // half of the step, and what is left of the profile after that of a seam (1, and a half on either side with the other sign).
    private const double LeastJump = 2, LeastOut = 3.3, LeastShare = 0.75, MostLeft = 0.45;

    // A line that comes alone has to be beyond doubt.
    private const double AloneOut = 5, AloneShare = 0.85, AloneLeft = 0.33;

    // Edges of things count as much as this, and no more.
    private const double Highest = 20;

    // Spread of the means beside a line, where there is hardly any.
    private const double LeastSpread = 0.15;

    /// <summary>Looks for lines from side to side.</summary>
    /// <param name="planes">Red, green and blue in 8-bit levels, of <see cref="TileSeams.MinimumSide"/> pixels at least.</param>
    public static TileSeams Of(IReadOnlyList<Plane> planes)
    {
        Line[] columns = [.. Lines(planes, true)], rows = [.. Lines(planes, false)];
        Line[] all = [.. columns, .. rows];
        if (all is [{ } only] && (only.Out < AloneOut || only.Seam.Length < AloneShare || only.Left > AloneLeft * only.Seam.Jump))
            return new TileSeams([], []);
        return new TileSeams([.. columns.Select(l => l.Seam)], [.. rows.Select(l => l.Seam)]);
    }

    private static IEnumerable<Line> Lines(IReadOnlyList<Plane> planes, bool vertical)
    {
        int length = vertical ? planes[0].Width : planes[0].Height, segments = (vertical ? planes[0].Height : planes[0].Width) / Segment;
        (double[,] step, double[,] left) = Profiles(planes, length, segments, vertical);
        double[] steps = [.. Enumerable.Range(0, length).Select(i => Middle(step, i, segments))];
        List<Line> lines = [];
        for (int i = Margin; i < length - Margin; i++)
        {
            if (steps[i] < LeastJump || steps[i] < steps[i - 1] || steps[i] <= steps[i + 1]) continue;
            double share = Enumerable.Range(0, segments).Count(s => step[i, s] > 0.5 * steps[i]) / (double)segments;
            double rest = Middle(left, i, segments);
            if (share < LeastShare || rest > MostLeft * steps[i]) continue;
            double[] beside = [.. Enumerable.Range(i - Near, 2 * Near + 1).Where(j => j >= Edge && j < length - Edge && Math.Abs(j - i) > 2)
                .Select(j => steps[j]).Order()];
            double usual = Distribution.Percentile(beside, 0.5),
                stands = (steps[i] - usual) / Math.Max(Distribution.Percentile(beside, 0.9) - usual, LeastSpread);
            if (stands >= LeastOut) lines.Add(new Line(new SeamLine(i, steps[i], share), stands, rest));
        }
        return lines;
    }

    // For each position and stretch the step that fits the profile of a seam best, and what it leaves; means over the channels.
    private static (double[,] Step, double[,] Left) Profiles(IReadOnlyList<Plane> planes, int length, int segments, bool vertical)
    {
        double[,] step = new double[length, segments], left = new double[length, segments];
        foreach (Plane plane in planes)
        {
            double[,] medians = new double[length, segments];
            Parallel.For(2, length - 1, i =>
            {
                Span<double> steps = stackalloc double[Segment];
                for (int s = 0; s < segments; s++)
                {
                    for (int k = 0; k < Segment; k++) steps[k] = TileSeams.Step(plane, i, s * Segment + k, vertical);
                    steps.Sort();
                    medians[i, s] = 0.5 * (steps[Segment / 2 - 1] + steps[Segment / 2]);
                }
            });
            for (int i = Edge; i < length - Edge; i++)
                for (int s = 0; s < segments; s++)
                {
                    double before = medians[i - 1, s], here = medians[i, s], after = medians[i + 1, s];
                    double fit = (here - 0.5 * (before + after)) / 1.5;
                    double rest = Square(here - fit) + Square(before + fit / 2) + Square(after + fit / 2) + Square(medians[i - 2, s])
                        + Square(medians[i + 2, s]);
                    step[i, s] += Math.Min(Math.Abs(fit), Highest) / planes.Count;
                    left[i, s] += Math.Sqrt(rest / 5) / planes.Count;
                }
        }
        return (step, left);

        static double Square(double x) => x * x;
    }

    // The mean of the middle half: a few stretches at which something else happens do not count.
    private static double Middle(double[,] values, int position, int segments)
    {
        double[] sorted = [.. Enumerable.Range(0, segments).Select(s => values[position, s]).Order()];
        return sorted[(segments / 4)..(segments - segments / 4)].Average();
    }

    private readonly record struct Line(SeamLine Seam, double Out, double Left);
}
