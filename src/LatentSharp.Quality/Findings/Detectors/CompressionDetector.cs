using LatentSharp.Quality.Metrics;

namespace LatentSharp.Quality.Findings.Detectors;

/// <summary>The traces of JPEG.</summary>
internal sealed class CompressionDetector : Detector
{
    // Below this quality the loss can be seen; photographs are kept at 85 and more.
    private const double VisibleBelow = 70;

    // From the picture alone: photographs are published at such qualities, on purpose. What is coarser is damage.
    private const double DamageBelow = 45;

    private const double LeastSignificance = 1.8, LeastOnSteps = 0.4;

    // Of the coarsest steps few coefficients are left to measure; then blocks are seen instead. Photographs of good quality stay below 2.3.
    private const double LeastBlockiness = 2.4, CoarseQuality = 8;

    // Against a reference: borders of blocks that it has not, and more coefficients that are zero; a grid has the first alone, a blur the
    // second.
    private const double MoreBlockiness = 1.4, LeastBlockinessCompared = 1.5, MoreZeros = 0.02;

    // Steps that are too coarse to be measured leave 34 dB and less; a JPEG of quality 92 of water, 40.
    private const double MostPsnrCompared = 36, MostPsnrOfBorders = 45;

    public override FindingKind Kind => FindingKind.Compression;

    public override int LeastSide => JpegLattice.MinimumSide;

    public override Finding? Compared(PairEvidence pair)
    {
        JpegLattice after = pair.Picture.Lattice, before = pair.Reference.Lattice;
        // The reference may have been a JPEG of nearly that quality itself; and borders of blocks without steps are weak in a calm sea too.
        bool had = before.Significance >= LeastSignificance && before.OnSteps >= LeastOnSteps;
        if (QualityOf(after) is { } quality && !(had && before.Quality <= quality + 3)
            && (after.Quality is not null || Loses(MostPsnrOfBorders))) return Of(after, quality);
        return after.Significance >= LeastSignificance && after.Zeros >= before.Zeros + MoreZeros
            && after.Blockiness >= Math.Max(LeastBlockinessCompared, MoreBlockiness * before.Blockiness)
            && Loses(MostPsnrCompared) ? Of(after, CoarseQuality) : null;

        bool Loses(double psnr) => Psnr.Luma(pair.Explained, pair.Repaired) <= psnr;
    }

    public override Finding? Alone(PictureEvidence picture)
        => QualityOf(picture) is { } quality && quality < DamageBelow ? Of(picture.Lattice, quality) : null;

    /// <summary>Whether traces of JPEG can be seen in a picture, be they coarse enough for a finding or not.</summary>
    public static bool Shows(PictureEvidence picture) => QualityOf(picture) is not null;

    /// <summary>The quality, 1 to 100, whose traces can be seen in a picture; null where none can.</summary>
    public static double? QualityOf(PictureEvidence picture) => picture.Side < JpegLattice.MinimumSide ? null : QualityOf(picture.Lattice);

    private static double? QualityOf(JpegLattice lattice)
        => lattice.Significance < LeastSignificance ? null
        : lattice.Quality <= VisibleBelow && lattice.OnSteps >= LeastOnSteps ? lattice.Quality
        : !(lattice.Quality > VisibleBelow) && lattice.Blockiness >= LeastBlockiness ? lattice.Quality ?? CoarseQuality : null;

    private static Finding Of(JpegLattice lattice, double quality)
    {
        double score = 1 + (VisibleBelow - quality) / 11;
        string aligned = lattice is { X: 0, Y: 0 } ? "at the picture's corner"
            : F($"at column {lattice.X}, row {lattice.Y}: the picture was cut after it was compressed");
        return new Finding(FindingKind.Compression, score, 0.95,
            lattice.Quality is null || lattice.OnSteps < LeastOnSteps
                ? F($"The borders of blocks of 8x8 pixels jump {lattice.Blockiness:0.0} times as much as pixels inside them; the blocks begin {aligned}.")
                : F($"{100 * lattice.OnSteps:0} % of the coefficients of 8x8 blocks lie on the steps of a JPEG of quality {quality:0}; "
                    + $"the blocks begin {aligned}."),
            FindingOrigin.File,
            "The picture was saved as a JPEG of low quality, now or before: go back to the file that was written first, or save as PNG or with quality "
                + "90 and more.")
        {
            Figures = [new("quality", quality), new("on steps", 100 * lattice.OnSteps, "%"), new("significance", lattice.Significance),
                new("block column", lattice.X, "px"), new("block row", lattice.Y, "px"), new("jump at borders", lattice.Blockiness)],
        };
    }
}
