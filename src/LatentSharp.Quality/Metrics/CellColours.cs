
namespace LatentSharp.Quality.Metrics;

/// <summary>
/// Mean colours of the cells of 8x8 pixels of two pictures: what tone and colour as a whole are judged by. Blur, noise, small patterns and
/// redrawn texture average out here.
/// </summary>
internal sealed class CellColours
{
    public const int Cell = 8;

    // Share of a cell's values that lie at an end of the scale, from which on its mean tells nothing of what was cut off.
    private const double CutOff = 0.02;

    // Share of whole cells below which single pixels are asked for the tones.
    private const double LeastWhole = 0.35;

    // Colours count as one within a cube of this side in Lab; with fewer than that many of equal weight nothing is said of all.
    private const double LikeColours = 12, LeastColours = 3;

    private readonly double[][] cutOff;

    private readonly Lazy<(double Gain, double Offset)?> ofPixels;

    private IReadOnlyList<int>? whole;

    private CellColours(int rows, int columns, PicturePlanes reference, PicturePlanes picture)
    {
        (Rows, Columns) = (rows, columns);
        (Reference, Picture) = (Means(reference, rows, columns, v => v), Means(picture, rows, columns, v => v));
        cutOff = Means(picture, rows, columns, v => v is <= 0.5 or >= 254.5 ? 1 : 0);
        ofPixels = new(() => OfPixels(reference, picture));
    }

    public int Rows { get; }

    public int Columns { get; }

    /// <summary>Red, green, blue of the reference: rows * columns values each.</summary>
    public double[][] Reference { get; }

    /// <summary>Red, green, blue of the picture.</summary>
    public double[][] Picture { get; }

    /// <summary>The cells of the picture of which nothing is cut off at black or white.</summary>
    public IReadOnlyList<int> Whole => whole ??= [.. Enumerable.Range(0, Rows * Columns)
        .Where(i => cutOff[0][i] <= CutOff && cutOff[1][i] <= CutOff && cutOff[2][i] <= CutOff)];

    public static CellColours Of(PicturePlanes reference, PicturePlanes picture)
    {
        int rows = Math.Max(1, reference.Height / Cell), columns = Math.Max(1, reference.Width / Cell);
        return new CellColours(rows, columns, reference, picture);
    }

    /// <summary>The whole cells that none of the given places touches.</summary>
    public IReadOnlyList<int> WholeOutside(IReadOnlyList<FindingPlace> places)
        => [.. Whole.Where(i => !places.Any(p => i % Columns * Cell < p.X + p.Width && (i % Columns + 1) * Cell > p.X
            && i / Columns * Cell < p.Y + p.Height && (i / Columns + 1) * Cell > p.Y))];

    /// <summary>
    /// The order (source channels of red, green, blue) in which the reference is nearest to the picture, and the mean difference in levels
    /// of that and of the usual order.
    /// </summary>
    public (int[] Order, double Error, double Usual) BestOrder()
    {
        int[][] orders = [[0, 1, 2], [2, 1, 0], [1, 0, 2], [0, 2, 1], [1, 2, 0], [2, 0, 1]];
        double[] errors = [.. orders.Select(Error)];
        int best = Array.IndexOf(errors, errors.Min());
        return (orders[best], errors[best], errors[0]);

        // Up to a shift of each channel, which a decoder's own cast may add.
        double Error(int[] order)
        {
            double sum = 0;
            for (int c = 0; c < 3; c++)
            {
                double[] a = Reference[order[c]], b = Picture[c];
                double mean = 0;
                for (int i = 0; i < a.Length; i++) mean += b[i] - a[i];
                mean = Math.Clamp(mean / a.Length, -6, 6);
                for (int i = 0; i < a.Length; i++) sum += Math.Abs(b[i] - a[i] - mean);
            }
            return sum / (3 * Reference[0].Length);
        }
    }

    /// <summary>
    /// The line picture = offset + gain * reference that fits the luma of most cells of which nothing is cut off at black or white.
    /// </summary>
    public (double Gain, double Offset) Tone()
    {
        double[] before = Luma(Reference), after = Luma(Picture);
        // In a burnt picture of fine texture something is cut off in most cells: then single pixels tell, if they lie on a line.
        if (Whole.Count < LeastWhole * Rows * Columns && ofPixels.Value is { } line) return line;
        return Robust([.. Whole.Select(i => before[i])], [.. Whole.Select(i => after[i])]);
    }

    /// <summary>
    /// How saturation and hue changed: the complex factor from the reference's chroma (a* + i b*, less its mean) to the picture's, and the
    /// size in Lab of the change that it makes; and the share of all change of chroma that it explains, 1 for all of it.
    /// </summary>
    public (double Saturation, double HueDegrees, double Effect, double Share) Chroma()
    {
        int n = Reference[0].Length;
        LabColour[] before = new LabColour[n], after = new LabColour[n];
        (double a0, double b0, double a1, double b1) = (0, 0, 0, 0);
        for (int i = 0; i < n; i++)
        {
            before[i] = LabColour.FromSrgb(Reference[0][i], Reference[1][i], Reference[2][i]);
            after[i] = LabColour.FromSrgb(Picture[0][i], Picture[1][i], Picture[2][i]);
            (a0, b0, a1, b1) = (a0 + before[i].A / n, b0 + before[i].B / n, a1 + after[i].A / n, b1 + after[i].B / n);
        }
        double re = 0, im = 0, energy = 0, changed = 0;
        for (int i = 0; i < n; i++)
        {
            double pa = before[i].A - a0, pb = before[i].B - b0, qa = after[i].A - a1, qb = after[i].B - b1;
            re += pa * qa + pb * qb;
            im += pa * qb - pb * qa;
            energy += pa * pa + pb * pb;
            changed += (qa - pa) * (qa - pa) + (qb - pb) * (qb - pb);
        }
        if (energy / n < 1) return (1, 0, 0, 0);
        (re, im) = (re / energy, im / energy);
        double effect = ((re - 1) * (re - 1) + im * im) * energy;
        return (Math.Sqrt(re * re + im * im), Math.Atan2(im, re) * 180 / Math.PI, Math.Sqrt(effect / n),
            changed > 0 ? effect / changed : 0);
    }

    /// <summary>
    /// The size in Lab (root mean square over whole cells) of what a map of colours does to the reference, and the share of the difference
    /// to the picture that it explains, 1 for all of it.
    /// </summary>
    public (double Effect, double Share) Explained(ColourMap map)
    {
        if (Whole.Count == 0) return (0, 0);
        (double effect, double before, double after) = (0, 0, 0);
        foreach (int i in Whole)
        {
            (double r, double g, double b) = (Reference[0][i], Reference[1][i], Reference[2][i]);
            LabColour from = LabColour.FromSrgb(r, g, b), to = LabColour.FromSrgb(Picture[0][i], Picture[1][i], Picture[2][i]),
                mapped = LabColour.FromSrgb(map.Of(0, r, g, b), map.Of(1, r, g, b), map.Of(2, r, g, b));
            (effect, before, after) = (effect + Square(from, mapped), before + Square(from, to), after + Square(mapped, to));
        }
        return (Math.Sqrt(effect / Whole.Count), before > 0 ? 1 - after / before : 0);

        static double Square(LabColour p, LabColour q) => (p.L - q.L) * (p.L - q.L) + (p.A - q.A) * (p.A - q.A) + (p.B - q.B) * (p.B - q.B);
    }

    /// <summary>
    /// The mean shift in Lab of the colours that the reference has, each weighed by the root of the number of its cells, so that a large
    /// even ground does not speak for all; and how alike their shifts are: the length of that mean over the root mean square, [0, 1]; 0
    /// where there are too few colours to compare.
    /// </summary>
    public (double Shift, double Coherence) ShiftOfColours()
    {
        var colours = new Dictionary<(int, int, int), (double Count, double L, double A, double B)>();
        for (int i = 0; i < Reference[0].Length; i++)
        {
            LabColour p = LabColour.FromSrgb(Reference[0][i], Reference[1][i], Reference[2][i]),
                q = LabColour.FromSrgb(Picture[0][i], Picture[1][i], Picture[2][i]);
            var colour = ((int)Math.Floor(p.L / LikeColours), (int)Math.Floor(p.A / LikeColours), (int)Math.Floor(p.B / LikeColours));
            (double n, double l, double a, double b) = colours.GetValueOrDefault(colour);
            colours[colour] = (n + 1, l + q.L - p.L, a + q.A - p.A, b + q.B - p.B);
        }
        (double sum, double sumSquared, double dl, double da, double db, double squares) = (0, 0, 0, 0, 0, 0);
        foreach ((double n, double l, double a, double b) in colours.Values)
        {
            double weight = Math.Sqrt(n);
            (sum, sumSquared) = (sum + weight, sumSquared + n);
            (dl, da, db) = (dl + weight * l / n, da + weight * a / n, db + weight * b / n);
            squares += weight * (l * l + a * a + b * b) / (n * n);
        }
        double shift = Math.Sqrt(dl * dl + da * da + db * db) / sum;
        bool comparable = sum * sum >= LeastColours * sumSquared;
        return (shift, comparable && squares > 0 ? shift / Math.Sqrt(squares / sum) : 0);
    }

    public static double[] Luma(double[][] colours)
    {
        double[] luma = new double[colours[0].Length];
        for (int i = 0; i < luma.Length; i++) luma[i] = 0.299 * colours[0][i] + 0.587 * colours[1][i] + 0.114 * colours[2][i];
        return luma;
    }

    // Least squares with weights that fall off beyond twice the mean absolute error (Huber), in a few rounds.
    private static (double Gain, double Offset) Robust(double[] x, double[] y)
    {
        double gain = 1, offset = 0, scale = double.PositiveInfinity;
        for (int round = 0; round < 6; round++)
        {
            (double w, double sx, double sy, double sxx, double sxy, double error) = (0, 0, 0, 0, 0, 0);
            for (int i = 0; i < x.Length; i++)
            {
                double r = Math.Abs(y[i] - offset - gain * x[i]), weight = r <= 2 * scale ? 1 : 2 * scale / r;
                (w, sx, sy, sxx, sxy) = (w + weight, sx + weight * x[i], sy + weight * y[i], sxx + weight * x[i] * x[i],
                    sxy + weight * x[i] * y[i]);
                error += weight * Math.Min(r, 2 * scale);
            }
            double variance = w > 0 ? sxx / w - sx / w * (sx / w) : 0;
            if (w < 16 || variance < 9) return (1, w > 0 ? (sy - sx) / w : 0);      // one tone: a gain cannot be told from a shift
            gain = (sxy / w - sx / w * (sy / w)) / variance;
            offset = (sy - gain * sx) / w;
            scale = round == 0 ? Residual() : Math.Max(0.5, error / w);
        }
        return (gain, offset);

        double Residual()
        {
            double sum = 0;
            for (int i = 0; i < x.Length; i++) sum += Math.Abs(y[i] - offset - gain * x[i]);
            return Math.Max(0.5, sum / x.Length);
        }
    }

    // The line through single pixels of which nothing is cut off; null where they lie on none.
    private static (double Gain, double Offset)? OfPixels(PicturePlanes reference, PicturePlanes picture)
    {
        const int step = 7;
        const double onLine = 2;
        List<double> before = [], after = [];
        for (int i = 0; i < reference.Luma.Values.Length; i += step)
        {
            if (!Inside(picture.Red.Values[i]) || !Inside(picture.Green.Values[i]) || !Inside(picture.Blue.Values[i])) continue;
            before.Add(reference.Luma.Values[i]);
            after.Add(picture.Luma.Values[i]);
        }
        if (before.Count < 64) return null;
        (double gain, double offset) = Robust([.. before], [.. after]);
        double[] errors = [.. before.Zip(after, (x, y) => Math.Abs(y - offset - gain * x)).Order()];
        return Distribution.Percentile(errors, 0.5) <= onLine ? (gain, offset) : null;

        static bool Inside(double v) => v is > 1.5 and < 253.5;
    }

    private static double[][] Means(PicturePlanes planes, int rows, int columns, Func<double, double> of)
    {
        double[][] means = [new double[rows * columns], new double[rows * columns], new double[rows * columns]];
        Parallel.For(0, 3, Measuring.Rows, c =>
        {
            int height = planes.Height / rows, width = planes.Width / columns;
            (height, width) = (Math.Min(Cell, height), Math.Min(Cell, width));
            foreach (int r in Measuring.Each(0, rows))
                for (int k = 0; k < columns; k++)
                {
                    double sum = 0;
                    for (int y = r * height; y < (r + 1) * height; y++)
                        foreach (double v in planes[c].Row(y).Slice(k * width, width)) sum += of(v);
                    means[c][r * columns + k] = sum / (height * width);
                }
        });
        return means;
    }
}
