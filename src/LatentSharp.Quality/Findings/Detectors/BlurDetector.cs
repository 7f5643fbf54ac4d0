using LatentSharp.Quality.Metrics;

namespace LatentSharp.Quality.Findings.Detectors;

/// <summary>Fine detail that is gone.</summary>
internal sealed class BlurDetector : Detector
{
    // Sigma of the sharpest quarter of the high edges. Photographs that are in focus somewhere stay below 0.8; a blur of sigma 2 gives 1.4
    // to 2.3.
    private const double AloneSigma = 1.25;

    // A lens blurs before the sensor adds its grain, a filter takes the grain with it: photographs out of focus keep 0.5 levels in their
    // finest detail, a blur of sigma 1.5 leaves 0.25, and rounding to whole levels alone makes 0.19.
    private const double MostGrain = 0.24;

    public override FindingKind Kind => FindingKind.Blur;

    public override int LeastSide => EdgeWidth.MinimumSide;

    public override Finding? Compared(PairEvidence pair)
    {
        if (pair.Comparison.Sharpness is not { } s || s.BlurSigma < DiagnosisThresholds.BlurSigma || pair.Has(FindingKind.Compression))
            return null;
        if (s.HighFrequencyCoherence < DiagnosisThresholds.BlurCoherence && s.HighFrequencyLossDb < DiagnosisThresholds.BlurLossDb)
            return null;
        // Resampling along a warp blurs as well: that blur is a consequence.
        double score = s.BlurSigma / DiagnosisThresholds.BlurSigma * (pair.Has(FindingKind.Warp) && s.BlurSigma < 0.9 ? 0.7 : 1);
        return new Finding(Kind, score, Sure(score),
            F($"Fine detail lost {s.HighFrequencyLossDb:0.0} dB, like a Gaussian blur of sigma {s.BlurSigma:0.00} pixels; edges keep "
                + $"{100 * s.GradientEnergyRatio:0} % of their energy."),
            FindingOrigin.Unknown,
            "Look for a resize or a denoiser in the chain; if the autoencoder does it, a larger one helps, or recalibrating its last layer.")
        {
            Figures = [new("sigma", s.BlurSigma, "px"), new("loss", s.HighFrequencyLossDb, "dB"),
            new("coherence", s.HighFrequencyCoherence)]
        };
    }

    public override Finding? Alone(PictureEvidence picture)
    {
        if (picture.Has(FindingKind.Empty) || !IsSoft(picture) || picture.Edges.Grain > MostGrain) return null;
        double score = picture.Edges.Sigma / AloneSigma;
        return new Finding(Kind, score, Math.Round(Math.Min(0.95, 0.6 + 0.5 * (score - 1)), 2),
            F($"Even the sharpest quarter of the {picture.Edges.Edges} highest edges is as wide as after a Gaussian blur of sigma "
                + $"{picture.Edges.Sigma:0.0} pixels or more, and the finest detail has {picture.Edges.Grain:0.00} levels, no more than rounding leaves."),
            FindingOrigin.Unknown,
            "Look for a picture that was enlarged, a denoiser, or a decoder that loses detail: decode the latent with another autoencoder of the space.")
        {
            Figures = [new("sigma", picture.Edges.Sigma, "px"), new("median sigma", picture.Edges.Median, "px"),
            new("edges", picture.Edges.Edges), new("grain", picture.Edges.Grain, "levels")]
        };
    }

    /// <summary>Whether nothing of it is sharp, be it by a filter or by the lens.</summary>
    public static bool IsSoft(PictureEvidence picture) => picture.Edges.Edges >= EdgeWidth.LeastEdges && picture.Edges.Sigma >= AloneSigma;
}
