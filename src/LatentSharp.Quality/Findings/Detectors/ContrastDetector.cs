using LatentSharp.Quality.Metrics;

namespace LatentSharp.Quality.Findings.Detectors;

/// <summary>Tones pressed together (washed out) or pulled apart (burnt).</summary>
internal sealed class ContrastDetector : Detector
{
    // The logarithm of 1.14. Round trips of good small autoencoders stay within 5 %, those of the smallest within 10 in the dark.
    private const double LeastGain = 0.13;

    // From the picture alone: so many pixels, grey and at one level, at either end of the tones, and both away from black and white. Pale
    // tones without them, or at one end only, may be haze, wood or the photographer's choice: they are visible, no finding.
    private const double LiftedShare = 0.004, LiftedBlack = 16, LoweredWhite = 239, Grey = 4;

    private const string Washed = "Look for a latent that was scaled too small, a decoder of another space, or a video range (16 to 235) taken for a full one.";

    private const string Burnt = "Look for a latent that was scaled too large, too high a guidance scale, or a full range taken for a video range.";

    public override FindingKind Kind => FindingKind.Contrast;

    public override string? OnlyInPart => "shows only where what was black or white is neither any more";

    public override int LeastSide => 64;

    public override Finding? Compared(PairEvidence pair)
    {
        (double gain, double offset) = pair.Cells.Tone();
        if (!(gain > 0.02) || Math.Abs(Math.Log(gain)) < LeastGain) return null;
        pair.Retone(gain, offset);
        double score = Math.Abs(Math.Log(gain)) / LeastGain;
        bool less = gain < 1;
        return new Finding(Kind, score, Sure(score),
            F($"The range of tones is {gain:0.00} times that of the reference: the picture is {(less ? "washed out" : "burnt")}; level v "
                + $"became {offset:0} + {gain:0.00} v."),
            FindingOrigin.Unknown, less ? Washed : Burnt)
        { Figures = [new("gain", gain), new("offset", offset, "levels")] };
    }

    public override Finding? Alone(PictureEvidence picture)
        => picture.Has(FindingKind.Empty) ? null : Lifted(picture.Ends);

    // What was cut off at black once lies at one level now.
    private static Finding? Lifted(ToneEnds ends)
    {
        (double black, double white) = (ends.Black.Average(), ends.White.Average());
        if (ends.AtBlack < LiftedShare || black < LiftedBlack || ends.BlackSpread > Grey) return null;
        if (ends.AtWhite < LiftedShare || white > LoweredWhite || ends.WhiteSpread > Grey) return null;
        return new Finding(FindingKind.Contrast, 1 + black / 30, 0.8,
            F($"{100 * ends.AtBlack:0.0} % of the pixels, those that were cut off at black once, are now at level {black:0} all alike, and "
                + $"{100 * ends.AtWhite:0.0} %, once white, at level {white:0} of 255: the picture is washed out."),
            FindingOrigin.Unknown, Washed)
        { Figures = [new("darkest", black, "levels"), new("lightest", white, "levels")] };
    }
}
