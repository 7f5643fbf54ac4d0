using LatentSharp.Quality.Metrics;

namespace LatentSharp.Quality.Findings.Detectors;

/// <summary>Content that moved.</summary>
internal sealed class WarpDetector : Detector
{
    private const double LeastBesideBlocks = 1.5;

    public override FindingKind Kind => FindingKind.Warp;

    public override bool TellsAlone => false;

    public override int LeastSide => WarpField.MinimumSide;

    public override Finding? Compared(PairEvidence pair)
    {
        if (pair.Comparison.Warp is not { } warp || warp.Coverage < DiagnosisThresholds.WarpCoverage || Score(warp) < 1) return null;
        // Blocks take edges along.
        if (pair.Has(FindingKind.Compression) && warp.P95 < LeastBesideBlocks) return null;
        return new Finding(Kind, Score(warp), Math.Round(Sure(Score(warp)) * Math.Min(1, warp.Coverage / 0.15), 2),
            F($"Content moved by {warp.Mean:0.00} pixels on average and {warp.P95:0.00} at the 95th percentile, measured on "
                + $"{100 * warp.Coverage:0} % of the picture."),
            FindingOrigin.Unknown,
            "Look for a resize, crop or padding between the two pictures; a latent decoded by another space's autoencoder also moves content.")
        { Figures = [new("mean", warp.Mean, "px"), new("95th percentile", warp.P95, "px"), new("measured on", 100 * warp.Coverage, "%")] };
    }

    public override Finding? Alone(PictureEvidence picture) => null;

    public static double Score(WarpField warp) => Math.Max(warp.Mean / DiagnosisThresholds.Warp, warp.P95 / DiagnosisThresholds.WarpP95);
}
