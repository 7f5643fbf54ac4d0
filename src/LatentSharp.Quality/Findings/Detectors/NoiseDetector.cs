using LatentSharp.Quality.Metrics;

namespace LatentSharp.Quality.Findings.Detectors;

/// <summary>Fine-grained noise.</summary>
internal sealed class NoiseDetector : Detector
{
    private const double AloneDeviation = 4.5, MoreThanRounding = 1.5;

    // Nothing but noise: of 72 photographs the most even one, of gravel, has 0.09 and 0.05.
    private const double EvenContrast = 0.06, EvenMeans = 0.03, LeastContrast = 8;

    private const string Next = "If the picture was generated, the last steps left noise in the latent: use more steps or check the schedule's end.";

    public override FindingKind Kind => FindingKind.Noise;

    public override int LeastSide => NoiseEstimate.MinimumSide;

    public override Finding? Compared(PairEvidence pair)
    {
        if (pair.Has(FindingKind.Compression) || pair.Comparison.NoiseAdded is not { } noise || noise < DiagnosisThresholds.Noise)
            return null;
        // Rough stone in a JPEG of good quality: the steps of its fine coefficients are the noise.
        if (JpegLattice.FineRounding(pair.Repaired.Luma) is { } rounding && noise < MoreThanRounding * rounding) return null;
        double score = noise / DiagnosisThresholds.Noise;
        return new Finding(Kind, score, Sure(score), F($"Noise with a deviation of {noise:0.0} levels was added."), FindingOrigin.Unknown,
            Next)
        { Figures = [new("deviation", noise, "levels")] };
    }

    public override Finding? Alone(PictureEvidence picture)
    {
        if (NothingElse(picture) is { } all) return all;
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

    private static Finding? NothingElse(PictureEvidence picture)
    {
        if (picture.Side < 4 * Evenness.Block || Evenness.Of(picture.Planes.Luma) is not
            { Contrast: >= LeastContrast, OfContrast: <= EvenContrast, OfMeans: <= EvenMeans } even) return null;
        return new Finding(FindingKind.Noise, 8, 0.9,
            F($"The picture is nothing but noise: all its parts are alike, with a contrast of {even.Contrast:0} levels that differs by "
                + $"{100 * even.OfContrast:0.0} % from part to part."),
            FindingOrigin.Diffusion, "The latent was noise: let the sampler finish, and decode the latent that it ends with.")
        { Figures = [new("contrast", even.Contrast, "levels"), new("unevenness", 100 * even.OfContrast, "%")] };
    }
}
