using LatentSharp.Quality.Metrics;

namespace LatentSharp.Quality.Findings.Detectors;

/// <summary>Red, green and blue in another order.</summary>
internal sealed class ChannelsDetector : Detector
{
    private static readonly string[] Names = ["red", "green", "blue"];

    public override FindingKind Kind => FindingKind.Channels;

    // From the picture alone, by traces of JPEG: photographs as they are stay below 0.09 nats in 1000 coefficients.
    private const double LeastLead = 0.1;
    private const int LeastCoefficients = 1000;

    // By its colours: chance reaches 3 deviations in 60 photographs, and 7 in a toned picture, whose colours depend on one another; the
    // best of the others comes near only where there are few colours.
    private const double LeastExcess = 8, MostOfRunnerUp = 0.6;

    public override string? OnlyInPart => "show only in a picture that was a JPEG or WebP before";

    public override int LeastSide => 16;

    public override Finding? Compared(PairEvidence pair)
    {
        (int[] order, double error, double usual) = pair.Cells.BestOrder();
        // In a picture with little colour an exchange changes little; it is believed where it explains nearly all of the difference.
        bool clear = error <= 0.6 * usual && usual - error >= 0.7, exact = error <= 0.2 * usual && usual >= 0.15;
        if (order is [0, 1, 2] || !clear && !exact) return null;
        pair.Reorder(order);
        return Of(order, 0.97, F($"with them in place it differs from the reference by {error:0.0} levels, as it is by {usual:0.0}"),
            [new("difference in order", error, "levels"), new("difference as it is", usual, "levels")]);
    }

    public override Finding? Alone(PictureEvidence picture)
    {
        if (ByColours(picture.ColourSteps) is { } byColours) return byColours;
        if (picture.Side < JpegLattice.MinimumSide) return null;
        (int[] natural, double lead, int coefficients) = picture.SavedOrder;
        if (lead < LeastLead || coefficients < LeastCoefficients) return null;
        return Of(CameFrom(natural), 0.95,
            F($"the picture was once a JPEG, and with them in place its luma lies on that JPEG's steps by {lead:0.00} nats per coefficient better"),
            [new("lead", lead, "nats"), new("coefficients", coefficients)]);
    }

    private static Finding? ByColours(ColourSteps? steps)
    {
        if (steps is null || steps.Order is [0, 1, 2] || steps.Excess < LeastExcess || steps.RunnerUp > MostOfRunnerUp * steps.Excess)
            return null;
        return Of(CameFrom(steps.Order), 0.97,
            F($"with them in place {100 * steps.Share:0} % of {steps.Colours} colours are such as JPEG or WebP compute from whole steps of luma and "
                + $"chroma, where chance has {100 * steps.Chance:0} %, {steps.Excess:0} deviations more"),
            [new("excess", steps.Excess, "deviations"), new("excess as it is", steps.AsIs, "deviations")]);
    }

    // Where each channel of the picture came from.
    private static int[] CameFrom(int[] natural) => [Array.IndexOf(natural, 0), Array.IndexOf(natural, 1), Array.IndexOf(natural, 2)];

    private static Finding Of(int[] order, double confidence, string proof, FindingFigure[] figures)
    {
        string where = string.Join(", ",
            Enumerable.Range(0, 3).Where(c => order[c] != c).Select(c => $"{Names[c]} holds the {Names[order[c]]}"));
        string name = string.Concat(order.Select(c => "RGB"[c]));
        return new Finding(FindingKind.Channels, 9, confidence, $"The channels are in the order {name} ({where}): {proof}.", FindingOrigin.File,
            "A program took RGB for BGR or the like (OpenCV reads and writes BGR): exchange the channels where the picture was handed over.")
        { Figures = figures };
    }
}
