using LatentSharp.Quality.Metrics;

namespace LatentSharp.Quality.Findings.Detectors;

/// <summary>Fine-grained noise.</summary>
internal sealed class NoiseDetector : Detector
{
    private const double AloneDeviation = 4.5;

    private const string Next = "If the picture was generated, the last steps left noise in the latent: use more steps or check the schedule's end.";

    public override FindingKind Kind => FindingKind.Noise;

    public override int LeastSide => NoiseEstimate.MinimumSide;

    public override Finding? Compared(PairEvidence pair)
    {
        if (pair.Has(FindingKind.Compression) || pair.Comparison.NoiseAdded is not { } noise || noise < DiagnosisThresholds.Noise)
            return null;
        double score = noise / DiagnosisThresholds.Noise;
        return new Finding(Kind, score, Sure(score), F($"Noise with a deviation of {noise:0.0} levels was added."), FindingOrigin.Unknown,
            Next)
        { Figures = [new("deviation", noise, "levels")] };
    }

    public override Finding? Alone(PictureEvidence picture)
    {
        // Texture answers like noise, but is alike in all channels: the differences between channels hold noise alone.
        PicturePlanes p = picture.Planes;
        double luma = NoiseEstimate.Of(p.Luma),
            colour = Math.Min(NoiseEstimate.Of(Plane.Difference(p.Red, p.Green)), NoiseEstimate.Of(Plane.Difference(p.Blue, p.Green)))
            / Math.Sqrt(2);
        double noise = Math.Min(colour, 2 * luma);
        if (noise < AloneDeviation) return null;
        return new Finding(Kind, noise / AloneDeviation, 0.5,
            F($"Even the calmest parts hold noise with a deviation of {noise:0.0} levels."), FindingOrigin.Unknown,
            "If no grain was wanted: " + char.ToLowerInvariant(Next[0]) + Next[1..])
        { Figures = [new("deviation", noise, "levels")] };
    }
}
