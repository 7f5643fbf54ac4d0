using LatentSharp.Quality.Findings.Detectors;
using LatentSharp.Quality.Metrics;
using static LatentSharp.Quality.Metrics.Figures;

namespace LatentSharp.Quality.Findings;

/// <summary>
/// What a picture alone shows that a fault would explain and the scene as well: coloured light, haze, a place of a strong colour. It is
/// named, so that nobody takes silence for praise, but is no finding.
/// </summary>
internal static class VisibleSigns
{
    // Of 64 photographs that thresholds were chosen on, 8 show such a cast and 1 such a dark or light end.
    private const double Chroma = 25, Lightest = 0.005, Dark = 40, Light = 190, MostCutOff = 0.6;

    // A soft cloud of colour over light and dark. The limits were set with two decodings by wrong autoencoders at hand; how many
    // photographs have something like it was not counted.
    private const int Cell = 16;
    private const double Coloured = 8, Peak = 25, Elsewhere = 3, LeastArea = 0.012, LargestArea = 0.3, LeastSoftness = 9;

    /// <summary>The signs, a sentence each.</summary>
    public static IEnumerable<string> Of(PictureEvidence picture)
    {
        if (picture.Has(FindingKind.Empty) || picture.Side < 64) yield break;
        if (!picture.Has(FindingKind.Colour) && Cast(picture.Planes) is { } cast) yield return cast;
        else if (!picture.Has(FindingKind.Colour) && ColourDetector.IsToned(picture.Ends))
            yield return F($"A tint: what was cut off at white once is {picture.Ends.White[0]:0}, {picture.Ends.White[1]:0}, {picture.Ends.White[2]:0} now.");
        if (!picture.Has(FindingKind.Contrast) && Tones(picture) is { } tones) yield return tones;
        if (!picture.Has(FindingKind.Clipping) && CutOff(picture.Range) is { } cutOff) yield return cutOff;
        if (!picture.Has(FindingKind.Compression) && CompressionDetector.QualityOf(picture) is { } quality)
            yield return F($"It was saved as a JPEG of quality {quality:0}, now or before: looked at closely, blocks and edges show it.");
        if (picture.Side >= GridArtefact.MinimumSide && !CompressionDetector.Shows(picture) && GridDetector.IsOfScene(picture.Grid))
            yield return F($"Something repeats every {picture.Grid.Period} pixels, as bricks and weaves do; what decoders leave repeats every 2, 4, 8 or 16.");
        if (!picture.Has(FindingKind.Blur) && BlurDetector.IsSoft(picture))
            yield return F($"Nothing is sharp: the edges are as wide as after a blur of sigma {picture.Edges.Sigma:0.0} pixels. Its grain is there, as where "
                + $"the lens was out of focus.");
        if (!picture.Has(FindingKind.Colour) && Cloud(picture.Planes) is { } cloud) yield return cloud;
    }

    private static string? Cast(PicturePlanes p)
    {
        double[] luma = p.Luma.Values, sorted = Distribution.Ascending([.. luma]);
        double from = Distribution.Percentile(sorted, 1 - Lightest);
        (double l, double a, double b, int count) = (0, 0, 0, 0);
        for (int i = 0; i < luma.Length; i++)
        {
            if (luma[i] < from) continue;
            LabColour colour = LabColour.FromSrgb(p.Red.Values[i], p.Green.Values[i], p.Blue.Values[i]);
            (l, a, b, count) = (l + colour.L, a + colour.A, b + colour.B, count + 1);
        }
        LabColour mean = new(l / count, a / count, b / count);
        return mean.Chroma < Chroma ? null
            : F($"A cast or coloured light: the lightest parts are {Name(mean.Hue)} (L {mean.L:0}, a {mean.A:0}, b {mean.B:0} in Lab), "
                + $"not white.");
    }

    private static string? Tones(PictureEvidence picture)
    {
        ToneEnds ends = picture.Ends;
        (double dark, double light) = (ends.Black.Min(), ends.White.Max());
        return dark < Dark && light > Light ? null
            : F($"Pale tones: the darkest is {dark:0} of 255, the lightest {light:0}, as in haze or in a picture whose contrast was "
                + $"lowered.");
    }

    private static string? CutOff(RangeCheck range)
    {
        double share = Math.Max(range.Black, range.White);
        return share < MostCutOff ? null : F($"{100 * share:0} % of the values are {(range.Black > range.White ? "black" : "white")}, as at night or in snow.");
    }

    // Parts in which not even the least coloured tenth of the pixels is without a colour, where most of the picture has none of it. What
    // has a colour of its own has borders; a cloud has none, and lies over light and dark.
    private static string? Cloud(PicturePlanes p)
    {
        int rows = p.Height / Cell, columns = p.Width / Cell;
        if (rows < 6 || columns < 6) return null;
        LabColour[][] cells = [.. Enumerable.Range(0, rows * columns)
            .Select(cell => Colours(p, cell / columns * Cell, cell % columns * Cell))];
        double[] contrast = [.. cells.Select(c => Deviation(c))];
        (double Softness, string? Text) best = (LeastSoftness, null);
        for (int direction = 0; direction < 8; direction++)
        {
            (double b, double a) = Math.SinCos(direction * Math.PI / 4);
            Plane least = new(rows, columns);
            foreach (int i in Measuring.Each(0, cells.Length))
            {
                double[] along = [.. cells[i].Select(c => c.A * a + c.B * b).Order()];
                least.Values[i] = Math.Max(0, Distribution.Percentile(along, 0.1));
            }
            double[] sorted = [.. least.Values.Order()];
            if (Distribution.Percentile(sorted, 0.5) > Elsewhere || sorted[^1] < Peak) continue;
            Plane smooth = SeparableFilter.Mirrored(least, [0.25, 0.5, 0.25]);
            foreach (List<int> part in Parts(least))
            {
                double peak = part.Max(i => least.Values[i]);
                if (peak < Peak || part.Count < LeastArea * cells.Length || part.Count > LargestArea * cells.Length) continue;
                double step = Step(least, part), rough = part.Average(i => Math.Abs(least.Values[i] - smooth.Values[i])) / peak;
                double softness = part.Average(i => contrast[i]) / (1 + step) / (0.02 + rough);
                if (softness <= best.Softness) continue;
                (int left, int top) = (part.Min(i => i % columns) * Cell, part.Min(i => i / columns) * Cell);
                (int right, int bottom) = ((part.Max(i => i % columns) + 1) * Cell, (part.Max(i => i / columns) + 1) * Cell);
                string place = F($"{right - left} x {bottom - top} pixels at column {left}, row {top}");
                best = (softness, F($"A soft cloud of {Name(45 * direction)} over {place}: it lies over light and dark alike, "
                    + $"and most of the picture has nothing of it."));
            }
        }
        return best.Text;
    }

    private static LabColour[] Colours(PicturePlanes p, int top, int left)
    {
        Measuring.ThrowIfCancelled();
        var colours = new LabColour[Cell * Cell];
        for (int i = 0; i < colours.Length; i++)
        {
            int at = (top + i / Cell) * p.Width + left + i % Cell;
            colours[i] = LabColour.FromSrgb(p.Red.Values[at], p.Green.Values[at], p.Blue.Values[at]);
        }
        return colours;
    }

    private static double Deviation(LabColour[] colours)
    {
        double mean = colours.Average(c => c.L);
        return Math.Sqrt(colours.Average(c => (c.L - mean) * (c.L - mean)));
    }

    // Cells that touch.
    private static IEnumerable<List<int>> Parts(Plane least)
    {
        var seen = new bool[least.Values.Length];
        for (int start = 0; start < seen.Length; start++)
        {
            if (seen[start] || least.Values[start] < Coloured) continue;
            List<int> part = [start];
            seen[start] = true;
            for (int at = 0; at < part.Count; at++)
                foreach (int next in Beside(part[at], least))
                    if (!seen[next] && least.Values[next] >= Coloured)
                    {
                        seen[next] = true;
                        part.Add(next);
                    }
            yield return part;
        }
    }

    private static IEnumerable<int> Beside(int cell, Plane of)
    {
        int x = cell % of.Width;
        if (x > 0) yield return cell - 1;
        if (x + 1 < of.Width) yield return cell + 1;
        if (cell >= of.Width) yield return cell - of.Width;
        if (cell + of.Width < of.Values.Length) yield return cell + of.Width;
    }

    // How much the colour drops from the part's border to what lies around it.
    private static double Step(Plane least, List<int> part)
    {
        HashSet<int> inside = [.. part];
        int[] border = [.. part.Where(i => Beside(i, least).Any(n => !inside.Contains(n)))],
            around = [.. part.SelectMany(i => Beside(i, least)).Where(n => !inside.Contains(n)).Distinct()];
        return border.Length == 0 || around.Length == 0 ? 99 : border.Average(i => least.Values[i]) - around.Average(i => least.Values[i]);
    }

    private static string Name(double hue) => hue switch
    {
        < 20 or >= 340 => "pink",
        < 55 => "orange",
        < 105 => "yellow",
        < 165 => "green",
        < 215 => "blue-green",
        < 285 => "blue",
        _ => "purple",
    };
}
