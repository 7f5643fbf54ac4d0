using LatentSharp.Quality.Metrics;

namespace LatentSharp.Quality.Findings.Detectors;

/// <summary>Values cut off at black or white.</summary>
internal sealed class ClippingDetector : Detector
{
    // Night and snow: most of a good photograph may be black, or white, and that tells nothing. Both at once are seldom: in 163
    // photographs at most 8 of 100 values each.
    private const double AloneBoth = 0.17;

    private const string Next = "Check the latent's scale: values too large decode to burnt colours. A high guidance scale does the same.";

    public override FindingKind Kind => FindingKind.Clipping;

    public override string? OnlyInPart => "shows only where a sixth of the values and more is cut off at either end";

    public override Finding? Compared(PairEvidence pair)
    {
        double more = NewlyCutOff(pair.Explained, pair.Repaired), outside = pair.Picture.Range.Outside;
        // A cast pushes values to the ends of the scale: that clipping is a consequence.
        double share = Math.Max((pair.Has(FindingKind.Colour) ? 0.4 : 1) * more / DiagnosisThresholds.Clipping,
            outside / DiagnosisThresholds.Outside);
        if (share < 1) return null;
        return new Finding(Kind, share, Sure(share),
            F($"{100 * more:0.0} % of the values are black or white that are not nearly so in the reference; {100 * outside:0.0} % lie "
                + $"outside the range of a picture."),
            FindingOrigin.Unknown, Next)
        { Figures = [new("newly black or white", 100 * more, "%"), new("outside", 100 * outside, "%")] };
    }

    public override Finding? Alone(PictureEvidence picture)
    {
        if (picture.Has(FindingKind.Empty)) return null;
        RangeCheck range = picture.Range;
        double share = Math.Max(Math.Min(range.Black, range.White) / AloneBoth, range.Outside / DiagnosisThresholds.Outside);
        if (share < 1) return null;
        return new Finding(Kind, share, 0.5,
            F($"{100 * range.Black:0} % of the values are black and {100 * range.White:0} % white; {100 * range.Outside:0.0} % lie "
                + $"outside the range of a picture."),
            FindingOrigin.Unknown, Next)
        {
            Figures = [new("black", 100 * range.Black, "%"), new("white", 100 * range.White, "%"),
            new("outside", 100 * range.Outside, "%")]
        };
    }

    // Values at an end of the scale that the reference has well away from it.
    private static double NewlyCutOff(PicturePlanes reference, PicturePlanes picture)
    {
        const double away = 12;
        long count = 0;
        for (int c = 0; c < 3; c++)
        {
            double[] before = reference[c].Values, after = picture[c].Values;
            for (int i = 0; i < after.Length; i++)
                if (after[i] <= 0.5 && before[i] > away || after[i] >= 254.5 && before[i] < 255 - away) count++;
        }
        return count / (3.0 * reference.Height * reference.Width);
    }
}
