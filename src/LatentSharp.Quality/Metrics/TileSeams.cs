namespace LatentSharp.Quality.Metrics;

/// <summary>
/// Straight lines along which a picture (or a difference of two) jumps from one pixel to the next: the borders of tiles that were computed
/// one by one. Content has edges too, but those are spread over two pixels and more, and seldom run straight and with one sign from side to
/// side.
/// </summary>
/// <param name="Columns">The vertical lines, from left to right.</param>
/// <param name="Rows">The horizontal lines, from top to bottom.</param>
internal sealed record TileSeams(IReadOnlyList<SeamLine> Columns, IReadOnlyList<SeamLine> Rows)
{
    /// <summary>The smallest side of a picture that is judged.</summary>
    public const int MinimumSide = 64;

    private const int Segment = 16, Margin = 8, Near = 24;

    private const double Soft = 0.3, Slack = 1;

    // Tiles' borders are told to a pixel.
    private const int Off = 1;

    /// <summary>Whether there is any line.</summary>
    public bool Any => Columns.Count + Rows.Count > 0;

    /// <summary>The width of the tiles in pixels: the distance between lines; null without vertical lines.</summary>
    public int? TileWidth => Spacing(Columns);

    /// <summary>The height of the tiles in pixels; null without horizontal lines.</summary>
    public int? TileHeight => Spacing(Rows);

    /// <summary>The least distance between two neighbouring lines in pixels; null without two.</summary>
    public int? LeastDistance
        => Columns.Zip(Columns.Skip(1)).Concat(Rows.Zip(Rows.Skip(1))).Select(p => (int?)(p.Second.Position - p.First.Position)).Min();

    /// <summary>The mean jump over all lines in levels.</summary>
    public double Jump => Any ? Columns.Concat(Rows).Average(l => l.Jump) : 0;

    /// <summary>Looks for lines.</summary>
    /// <param name="planes">Red, green and blue of a picture, or of the difference to its reference.</param>
    /// <param name="leastJump">Jumps below this many levels are not believed.</param>
    /// <param name="leastLength">Share of the picture's side that a line has to run along, (0, 1].</param>
    /// <exception cref="LatentSharp.LatentSharpException">The planes are smaller than <see cref="MinimumSide"/>.</exception>
    public static TileSeams Of(IReadOnlyList<Plane> planes, double leastJump, double leastLength)
    {
        ArgumentNullException.ThrowIfNull(planes);
        foreach (Plane plane in planes) plane.RequireAtLeast(MinimumSide, "The search for seams");
        return new TileSeams(Lines(planes, leastJump, leastLength, true), Lines(planes, leastJump, leastLength, false));
    }

    private static List<SeamLine> Lines(IReadOnlyList<Plane> planes, double leastJump, double leastLength, bool vertical)
    {
        int length = vertical ? planes[0].Width : planes[0].Height, across = vertical ? planes[0].Height : planes[0].Width;
        int segments = across / Segment;
        // Strength[i, s]: the size of the median jump at position i over segment s.
        double[,] strength = new double[length, segments], spread = new double[length, segments];
        double[,,] jump = new double[planes.Count, length, segments];
        Parallel.For(2, length - 1, Measuring.Rows, i =>
        {
            Span<double> jumps = stackalloc double[Segment];
            for (int s = 0; s < segments; s++)
            {
                double squares = 0, spreads = 0;
                foreach (Plane plane in planes)
                {
                    for (int k = 0; k < Segment; k++) jumps[k] = Step(plane, i, s * Segment + k, vertical);
                    jumps.Sort();
                    double median = 0.5 * (jumps[Segment / 2 - 1] + jumps[Segment / 2]);
                    jump[plane == planes[0] ? 0 : plane == planes[1] ? 1 : 2, i, s] = median;
                    squares += median * median / planes.Count;
                    spreads += (jumps[3 * Segment / 4] - jumps[Segment / 4]) / planes.Count;
                }
                strength[i, s] = Math.Sqrt(squares);
                spread[i, s] = spreads;
            }
        });
        List<SeamLine> found = [];
        List<double> nearby = [];
        foreach (int i in Measuring.Each(Margin, length - Margin))
        {
            int strong = 0;
            double sum = 0;
            for (int s = 0; s < segments; s++)
            {
                // What is usual beside it, over the same segment: texture jumps everywhere, a seam at one place.
                nearby.Clear();
                for (int j = Math.Max(Margin, i - Near); j <= Math.Min(length - Margin - 1, i + Near); j++)
                    if (Math.Abs(j - i) > 2) nearby.Add(strength[j, s]);
                nearby.Sort();
                double usual = nearby.Count == 0 ? 0 : nearby[(int)(0.9 * (nearby.Count - 1))];
                if (strength[i, s] < leastJump || strength[i, s] < 1.5 * usual || !IsStep(i, s)) continue;
                strong++;
                sum += strength[i, s];
            }
            if (strong < leastLength * segments || strong < 2) continue;
            SeamLine line = new(i, sum / strong, (double)strong / segments);
            // The neighbours of a seam carry half of its jump: the strongest of three stays.
            if (found.Count > 0 && i - found[^1].Position <= 2)
            {
                if (found[^1].Jump * found[^1].Length < line.Jump * line.Length) found[^1] = line;
            }
            else
            {
                found.Add(line);
            }
        }
        return found;

        // From one pixel to the next and equally high all along: half of it shows with the other sign on either side, nothing beyond. The
        // edges of things are soft and ragged.
        bool IsStep(int i, int s)
        {
            int c = 0;
            for (int k = 1; k < planes.Count; k++)
                if (Math.Abs(jump[k, i, s]) > Math.Abs(jump[c, i, s])) c = k;
            double h = jump[c, i, s], size = Math.Abs(h), slack = Soft * size + Slack;
            if (Math.Abs(jump[c, i - 1, s] + h / 2) > slack || Math.Abs(jump[c, i + 1, s] + h / 2) > slack
                || Math.Abs(jump[c, i - 2, s]) > slack || Math.Abs(jump[c, i + 2, s]) > slack) return false;
            double beside = Math.Max(0.25 * (spread[i - 3, s] + spread[i - 4, s] + spread[i + 3, s] + spread[i + 4, s]), 0.5);
            return spread[i, s] <= 2 * beside + 0.12 * size
                && Math.Abs(Level(planes[c], i + 3, s, vertical) - Level(planes[c], i - 8, s, vertical)) >= 0.4 * size;
        }
    }

    // The mean of five pixels across the line, along one segment. Where a filter changed an edge, both sides are as before; where a tile is
    // shifted, they are not.
    private static double Level(Plane plane, int from, int segment, bool vertical)
    {
        double sum = 0;
        for (int k = segment * Segment; k < (segment + 1) * Segment; k++)
            for (int i = from; i < from + 5; i++) sum += vertical ? plane[k, i] : plane[i, k];
        return sum / (5 * Segment);
    }

    /// <summary>The step between two pixels above the mean of the steps before and after it.</summary>
    /// <param name="p">The plane.</param>
    /// <param name="i">The first column or row after the step.</param>
    /// <param name="k">Where along it.</param>
    /// <param name="vertical">Whether the step is between columns.</param>
    internal static double Step(Plane p, int i, int k, bool vertical)
    {
        double a, b, c, d;
        if (vertical) (a, b, c, d) = (p[k, i - 2], p[k, i - 1], p[k, i], p[k, i + 1]);
        else (a, b, c, d) = (p[i - 2, k], p[i - 1, k], p[i, k], p[i + 1, k]);
        return c - b - 0.5 * (b - a + d - c);
    }

    /// <summary>
    /// Whether the lines lie as the borders of tiles do: equally far apart, from the picture's left or upper border on or three and more of
    /// them; or one each way, of square tiles or through the middle. A horizon, or two posts somewhere, do not.
    /// </summary>
    /// <param name="width">The picture's width in pixels.</param>
    /// <param name="height">Its height in pixels.</param>
    public bool LieAsTiles(int width, int height)
    {
        if (AreEven(Columns) || AreEven(Rows)) return true;
        if (Columns is [var column] && Rows is [var row])
            return Math.Abs(column.Position - row.Position) <= Off || IsMiddle(column, width) && IsMiddle(row, height);
        return (Columns.Count == 0 || Rows.Count == 0)
            && (Columns is [var alone] && IsMiddle(alone, width) || Rows is [var level] && IsMiddle(level, height));
    }

    private static bool IsMiddle(SeamLine line, int length) => Math.Abs(2 * line.Position - length) <= Off;

    // Lines at whole multiples of the least position or distance; those in between may have been too weak to be seen.
    private static bool AreEven(IReadOnlyList<SeamLine> lines)
    {
        if (lines.Count < 2) return false;
        int[] distances = [.. lines.Zip(lines.Skip(1), (a, b) => b.Position - a.Position)];
        int least = distances.Min();
        bool equal = distances.All(d => IsMultiple(d, least));
        return equal && (lines.Count >= 3 || IsMultiple(lines[0].Position, least) || IsMultiple(least, lines[0].Position));
    }

    // At most the third: anything is a multiple of something small.
    private static bool IsMultiple(int distance, int of)
    {
        int times = (int)Math.Round((double)distance / of);
        return times is >= 1 and <= 3 && Math.Abs(distance - times * of) <= Off;
    }

    private static int? Spacing(IReadOnlyList<SeamLine> lines)
    {
        if (lines.Count == 0) return null;
        if (lines.Count == 1) return lines[0].Position;
        int[] steps = [.. lines.Zip(lines.Skip(1), (a, b) => b.Position - a.Position).Append(lines[0].Position).Order()];
        return steps[steps.Length / 2];
    }
}

/// <summary>One seam.</summary>
/// <param name="Position">The first column or row beyond it.</param>
/// <param name="Jump">Its mean size in levels.</param>
/// <param name="Length">Share of the picture's side along which it can be seen, (0, 1].</param>
internal readonly record struct SeamLine(int Position, double Jump, double Length);
