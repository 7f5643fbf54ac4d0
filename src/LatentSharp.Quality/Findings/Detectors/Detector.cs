using LatentSharp.Quality.Metrics;

namespace LatentSharp.Quality.Findings.Detectors;

/// <summary>Finds one kind of defect. It reads measurements that all detectors share and computes only what is its own.</summary>
internal abstract class Detector
{
    /// <summary>What it looks for.</summary>
    public abstract FindingKind Kind { get; }

    /// <summary>Whether a picture without a reference can show it.</summary>
    public virtual bool TellsAlone => true;

    /// <summary>
    /// Why silence about a picture alone says little, as the end of a sentence that begins with the kind; null where it does.
    /// </summary>
    public virtual string? OnlyInPart => null;

    /// <summary>The least side in pixels of a picture that it can judge.</summary>
    public virtual int LeastSide => 1;

    /// <summary>Against a reference. What other detectors found before stands in the evidence, and has been taken out of it.</summary>
    public abstract Finding? Compared(PairEvidence pair);

    /// <summary>From the picture alone.</summary>
    public abstract Finding? Alone(PictureEvidence picture);

    /// <summary>Text with a point as decimal separator.</summary>
    protected static string F(InvariantText text) => text.Take();

    /// <summary>At the threshold a finding is as likely as not to be visible; twice the threshold is beyond doubt.</summary>
    protected static double Sure(double score) => Math.Round(Math.Clamp(0.5 + 0.45 * (score - 1), 0.5, 0.98), 2);
}
