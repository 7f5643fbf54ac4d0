namespace LatentSharp.Quality.Metrics;

/// <summary>
/// Weak seams of a picture without a reference: where the mean step over each stretch of 32 pixels is small beside the texture, but there
/// from side to side. Every pixel of the line takes part, so that steps of a few levels stand out that no single stretch would prove.
/// </summary>
internal static class LongLines
{
    private const int Stretch = 32, Margin = 8, Near = 28, Edge = 4;

    // The edges of things count as much as this, and no more: of one pixel's step, and of a stretch.
    private const double HighestStep = 12, Highest = 20;

    // A line's mean step in levels, how far it stands out of those beside it in units of their spread, the share of its stretches in which
    // it is above four fifths of those beside it, and what is left of the profile after that of a seam (1, and a half on either side with
    // the other sign).
    private const double LeastJump = 1.2, LeastOut = 3, LeastShare = 0.5, MostLeft = 0.5, Beside = 0.8;

    // Such lines count where two lie as the borders of tiles of one size do, those of the second kind where there are two, and one of the
    // third is enough. Of 81 photographs none has that, cut to 256 pixels or to 384.
    private const double ClearOut = 4, ClearShare = 0.62, ClearLeft = 0.4, SureOut = 6, SureLeft = 0.3;

    // Smaller tiles are a grid.
    private const int LeastTile = 24;

    // Spread of the means beside a line, where there is hardly any.
    private const double LeastSpread = 0.12;

    /// <summary>Looks for lines from side to side.</summary>
    /// <param name="planes">Red, green and blue in 8-bit levels, of <see cref="TileSeams.MinimumSide"/> pixels at least.</param>
    public static TileSeams Of(IReadOnlyList<Plane> planes)
    {
        Line[] columns = [.. Lines(planes, true)], rows = [.. Lines(planes, false)], across = Apart(columns), down = Apart(rows);
        Line[] lines = [.. across, .. down];
        bool isGrid = columns.Length + rows.Length > 2 * lines.Length;
        Line[] clear = [.. lines.Where(l => l.Out >= ClearOut && l.Seam.Length >= ClearShare && l.Left <= ClearLeft * l.Seam.Jump)];
        bool sure = clear.Length >= 2 || clear.Any(l => l.Out >= SureOut && l.Left <= SureLeft * l.Seam.Jump);
        Line[] tiled = [.. lines.Where(l => across.Any(c => c != l && FitTiles(c, l, down.Contains(l)))
            || down.Any(r => r != l && FitTiles(r, l, across.Contains(l))))];
        HashSet<Line> seams = isGrid ? [] : [.. sure ? clear : [], .. tiled];
        return new TileSeams([.. across.Where(seams.Contains).Select(l => l.Seam)], [.. down.Where(seams.Contains).Select(l => l.Seam)]);
    }

    // Of lines nearer to each other than a tile is wide the one that stands out most.
    private static Line[] Apart(Line[] lines)
    {
        List<Line> kept = [];
        foreach (Line line in lines.OrderByDescending(l => l.Out))
            if (kept.TrueForAll(k => Math.Abs(k.Seam.Position - line.Seam.Position) >= LeastTile)) kept.Add(line);
        return [.. kept.OrderBy(l => l.Seam.Position)];
    }

    // The first, second and third border of tiles from the left or upper border of the picture, whose tiles are square.
    private static bool FitTiles(Line a, Line b, bool crossed)
    {
        (int first, int second) = (Math.Min(a.Seam.Position, b.Seam.Position), Math.Max(a.Seam.Position, b.Seam.Position));
        return first >= LeastTile && (first == second ? crossed : second == 2 * first || second == 3 * first || 2 * second == 3 * first);
    }

    private static IEnumerable<Line> Lines(IReadOnlyList<Plane> planes, bool vertical)
    {
        int length = vertical ? planes[0].Width : planes[0].Height, segments = (vertical ? planes[0].Height : planes[0].Width) / Stretch;
        (double[,] step, double[,] left) = Profiles(planes, length, segments, vertical);
        double[] steps = [.. Enumerable.Range(0, length).Select(i => Middle(step, i, segments))];
        List<Line> lines = [];
        foreach (int i in Measuring.Each(Margin, length - Margin))
        {
            if (steps[i] < LeastJump || steps[i] < steps[i - 1] || steps[i] <= steps[i + 1]) continue;
            double rest = Middle(left, i, segments);
            if (rest > MostLeft * steps[i]) continue;
            int[] near = [.. Enumerable.Range(i - Near, 2 * Near + 1).Where(j => j >= Edge && j < length - Edge && Math.Abs(j - i) > 2)];
            double share = Enumerable.Range(0, segments).Count(s => step[i, s]
                > Distribution.Percentile([.. near.Select(j => step[j, s]).Order()], Beside)) / (double)segments;
            if (share < LeastShare) continue;
            double[] beside = [.. near.Select(j => steps[j]).Order()];
            double usual = Distribution.Percentile(beside, 0.5),
                stands = (steps[i] - usual) / Math.Max(Distribution.Percentile(beside, 0.9) - usual, LeastSpread);
            if (stands >= LeastOut) lines.Add(new Line(new SeamLine(i, steps[i], share), stands, rest));
        }
        return lines;
    }

    // For each position and stretch the step that fits the profile of a seam best, and what it leaves; root mean squares over the channels.
    private static (double[,] Step, double[,] Left) Profiles(IReadOnlyList<Plane> planes, int length, int segments, bool vertical)
    {
        double[,] step = new double[length, segments], left = new double[length, segments];
        foreach (Plane plane in planes)
        {
            double[,] means = new double[length, segments];
            Parallel.For(2, length - 1, Measuring.Rows, i =>
            {
                for (int s = 0; s < segments; s++)
                {
                    double sum = 0;
                    for (int k = s * Stretch; k < (s + 1) * Stretch; k++)
                        sum += Math.Clamp(TileSeams.Step(plane, i, k, vertical), -HighestStep, HighestStep);
                    means[i, s] = sum / Stretch;
                }
            });
            foreach (int i in Measuring.Each(Edge, length - Edge))
                for (int s = 0; s < segments; s++)
                {
                    double before = means[i - 1, s], here = means[i, s], after = means[i + 1, s];
                    double fit = (here - 0.5 * (before + after)) / 1.5;
                    double rest = Square(here - fit) + Square(before + fit / 2) + Square(after + fit / 2) + Square(means[i - 2, s])
                        + Square(means[i + 2, s]);
                    step[i, s] += Square(fit) / planes.Count;
                    left[i, s] += rest / 5 / planes.Count;
                }
        }
        for (int i = 0; i < length; i++)
            for (int s = 0; s < segments; s++) (step[i, s], left[i, s]) = (Math.Min(Math.Sqrt(step[i, s]), Highest), Math.Sqrt(left[i, s]));
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
