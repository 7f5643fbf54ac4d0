namespace LatentSharp.Quality.Findings.Detectors;

/// <summary>Ripples beside edges.</summary>
internal sealed class RingingDetector : Detector
{
    // Round trips of good small autoencoders stay below 17.5 levels, most below 13.5.
    private const double Least = 18;

    public override FindingKind Kind => FindingKind.Ringing;

    public override bool TellsAlone => false;

    public override int LeastSide => 32;

    public override Finding? Compared(PairEvidence pair)
    {
        double ringing = pair.Comparison.Ringing;
        // Whatever moves or blurs edges leaves errors beside them.
        if (ringing < Least || pair.Has(FindingKind.Compression) || pair.Has(FindingKind.Blur) || pair.Has(FindingKind.Warp)) return null;
        double score = ringing / Least;
        return new Finding(Kind, score, Sure(score) * 0.9, F($"Beside strong edges errors exceed those elsewhere by {ringing:0.0} levels."),
            FindingOrigin.Unknown, "Look for sharpening after decoding or a resize with a sharp filter; a larger autoencoder rings less.")
        { Figures = [new("excess", ringing, "levels")] };
    }

    public override Finding? Alone(PictureEvidence picture) => null;
}
