using LatentSharp.Quality.Metrics;

namespace LatentSharp.Quality.Findings.Detectors;

/// <summary>Colours that moved as a whole, or in one place.</summary>
internal sealed class ColourDetector : Detector
{
    // Between what small decoders do to photographs (shifts of 3 at a coherence of 0.85, maps that explain 0.94, chroma 0.64) and the
    // weakest that is planted (0.99, 0.97, 0.96).
    private const double SurelyShifted = 4, LeastCoherence = 0.96, LeastHue = 1;

    private const double LeastMapped = 0.8, LeastExplained = 0.955, LeastShare = 0.8;

    private const double BesideCompression = 0.4;

    private const double LeastChroma = 3, LocalDifference = 11, LocalArea = 0.01;

    private const string Next =
        "Check that the autoencoder belongs to the model and that scale and shift are its own; a steady cast can be corrected by recalibrating the "
            + "autoencoder.";

    public override FindingKind Kind => FindingKind.Colour;

    // From the picture alone: of 72 photographs none with so many pixels at both ends of the channels has coloured ends.
    private const double AloneShare = 0.005, AloneWhite = 45, AloneBlack = 12;

    // Others are toned like that on purpose: that is visible, no finding.
    private const double TonedWhite = 12;

    public override string? OnlyInPart => "shows only where what was white or black is coloured throughout";

    public override int LeastSide => 16;

    public override Finding? Compared(PairEvidence pair)
    {
        ColourDrift drift = ColourDrift.Of(pair.Explained, pair.Repaired);
        (double saturation, double hue, double effect, double share) = pair.Cells.Chroma();
        // A shift counts if all colours have it: small decoders miss one here and there, such as that of a white ground.
        (double ofColours, double coherence) = pair.Cells.ShiftOfColours();
        double shift = Math.Min(drift.LabShift, ofColours);
        // Lighter or darker by a little is how they render a white ground; a cast has a hue.
        bool coloured = Math.Max(Math.Sqrt(drift.A * drift.A + drift.B * drift.B), effect) >= LeastHue;
        bool steady = shift >= SurelyShifted || (coloured && coherence >= LeastCoherence);
        if (share < LeastShare) effect = 0;
        double score = Math.Max(steady ? shift / DiagnosisThresholds.Cast : 0, effect / LeastChroma);
        // So does a small change of any kind that one map of colours explains.
        ColourMap map = ColourMap.Fit(pair.Cells, pair.Cells.Whole);
        (double mapped, double explained) = pair.Cells.Explained(map);
        if (coloured && mapped >= LeastMapped && explained >= LeastExplained) score = Math.Max(score, Math.Max(1, mapped / LeastChroma));
        // Coarse steps of compression round colours, each block in its own way.
        if (pair.Has(FindingKind.Compression)) score *= BesideCompression;
        FindingFigure[] figures = [new("shift", drift.LabShift, "Lab"), new("lightness", drift.L, "Lab"), new("red-green", drift.A, "Lab"),
            new("yellow-blue", drift.B, "Lab"), new("saturation", saturation), new("hue", hue, "degrees")];
        if (score >= 1)
        {
            pair.Recolour(map);
            string turned = effect / LeastChroma > shift / DiagnosisThresholds.Cast
                ? F($" Saturation is {saturation:0.00} times that of the reference, hues turned by {hue:0} degrees.")
                : F($" Saturation changed by {drift.Chroma:+0.0;-0.0;0.0}.");
            return new Finding(Kind, score, Sure(score),
                F($"On average colours are {drift.LabShift:0.0} off in Lab ({Direction(drift)}).{turned}"), FindingOrigin.Unknown, Next)
            { Figures = figures };
        }
        return pair.Has(FindingKind.Compression) ? null : Local(pair);
    }

    public override Finding? Alone(PictureEvidence picture)
    {
        if (picture.Side < LeastSide || picture.Has(FindingKind.Empty)) return null;
        ToneEnds ends = picture.Ends;
        bool white = ends.AtWhite >= AloneShare && ends.WhiteSpread >= AloneWhite;
        bool black = ends.AtBlack >= AloneShare && ends.BlackSpread >= AloneBlack;
        if (!white && !black) return null;
        double[] levels = white ? ends.White : ends.Black;
        double score = 1 + (white ? ends.WhiteSpread / AloneWhite : ends.BlackSpread / AloneBlack) / 2;
        return new Finding(Kind, score, 0.8,
            F($"{100 * (white ? ends.AtWhite : ends.AtBlack):0.0} % of the pixels, those that were cut off at {(white ? "white" : "black")} once, are now "
                + $"({levels[0]:0}, {levels[1]:0}, {levels[2]:0}) all alike: the whole picture has a cast."),
            FindingOrigin.Unknown, Next)
        { Figures = [new("red", levels[0], "levels"), new("green", levels[1], "levels"), new("blue", levels[2], "levels")] };
    }

    /// <summary>Whether what was cut off at white once has a tint that photographs are given on purpose too.</summary>
    public static bool IsToned(ToneEnds ends) => ends.AtWhite >= AloneShare && ends.WhiteSpread is >= TonedWhite and < AloneWhite;

    // Cells whose colour is off while most are not.
    private static Finding? Local(PairEvidence pair)
    {
        CellColours cells = pair.Cells;
        Plane map = new(cells.Rows, cells.Columns);
        for (int i = 0; i < map.Values.Length; i++)
        {
            LabColour p = LabColour.FromSrgb(cells.Reference[0][i], cells.Reference[1][i], cells.Reference[2][i]),
                q = LabColour.FromSrgb(cells.Picture[0][i], cells.Picture[1][i], cells.Picture[2][i]);
            map.Values[i] = Math.Sqrt((q.L - p.L) * (q.L - p.L) + (q.A - p.A) * (q.A - p.A) + (q.B - p.B) * (q.B - p.B));
        }
        Plane smooth = map.Height > 2 && map.Width > 2 ? SeparableFilter.Mirrored(map, SeparableFilter.Gaussian(1.2)) : map;
        double[] sorted = [.. smooth.Values.Order()];
        double threshold = Math.Max(LocalDifference, 3.5 * Distribution.Percentile(sorted, 0.6));
        (int left, int top, int right, int bottom, int count, double sum) = (map.Width, map.Height, -1, -1, 0, 0.0);
        foreach (int y in Measuring.Each(0, map.Height))
            for (int x = 0; x < map.Width; x++)
                if (smooth[y, x] >= threshold)
                    (left, top, right, bottom, count, sum) = (Math.Min(left, x), Math.Min(top, y), Math.Max(right, x), Math.Max(bottom, y),
                        count + 1, sum + smooth[y, x]);
        if (count < Math.Max(4, LocalArea * map.Values.Length) || count < 0.35 * (right - left + 1) * (bottom - top + 1)) return null;
        FindingPlace place = new(left * CellColours.Cell, top * CellColours.Cell, (right - left + 1) * CellColours.Cell,
            (bottom - top + 1) * CellColours.Cell);
        double score = sum / count / LocalDifference + 0.5;
        return new Finding(FindingKind.Colour, score, Sure(score),
            F($"In one place, {place.Width} x {place.Height} pixels at column {place.X}, row {place.Y}, colours are {sum / count:0} off "
                + $"in Lab; elsewhere {Distribution.Percentile(sorted, 0.5):0.0}."),
            FindingOrigin.Unknown, "Coloured clouds come from wild values in the latent: look at its channels, and decode in float32.")
        { Places = [place], Figures = [new("shift", sum / count, "Lab"), new("share", 100.0 * count / map.Values.Length, "%")] };
    }

    private static string Direction(ColourDrift d)
    {
        List<string> words = [];
        if (Math.Abs(d.L) >= 0.4) words.Add(F($"{(d.L > 0 ? "lighter" : "darker")} by {Math.Abs(d.L):0.0}"));
        if (Math.Abs(d.A) >= 0.4) words.Add(F($"{(d.A > 0 ? "redder" : "greener")} by {Math.Abs(d.A):0.0}"));
        if (Math.Abs(d.B) >= 0.4) words.Add(F($"{(d.B > 0 ? "yellower" : "bluer")} by {Math.Abs(d.B):0.0}"));
        return words.Count == 0 ? "in no single direction" : string.Join(", ", words);
    }
}
