using LatentSharp.Quality.Metrics;
using static System.Numerics.BitOperations;

namespace LatentSharp.Quality.Findings.Detectors;

/// <summary>A pattern that repeats every few pixels.</summary>
internal sealed class GridDetector : Detector
{
    private const double AloneRms = 0.45, AloneSignificance = 12, OfScene = 0.5;

    public override FindingKind Kind => FindingKind.Grid;

    public override int LeastSide => GridArtefact.MinimumSide;

    public override Finding? Compared(PairEvidence pair)
    {
        if (pair.Has(FindingKind.Compression)) return null;
        GridArtefact grid = GridArtefact.Strongest(Plane.Difference(pair.Repaired.Luma, pair.Explained.Luma));
        if (grid.Rms < DiagnosisThresholds.GridRms || grid.Significance < DiagnosisThresholds.GridSignificance) return null;
        // A checkerboard of the scene comes back weaker or moved a little: then the reference has it already.
        if (GridArtefact.Of(pair.Explained.Luma, grid.Period) is { } scene && scene.Rms >= OfScene * grid.Rms
            && scene.Significance >= DiagnosisThresholds.GridSignificance) return null;
        return Of(grid, grid.Rms / DiagnosisThresholds.GridRms, Sure(grid.Rms / DiagnosisThresholds.GridRms));
    }

    public override Finding? Alone(PictureEvidence picture)
    {
        GridArtefact grid = picture.Grid;
        return !CompressionDetector.Shows(picture) && ShowsAlone(grid) ? Of(grid, grid.Rms / AloneRms, 0.7) : null;
    }

    private static bool ShowsAlone(GridArtefact grid) => Repeats(grid) && IsPow2(grid.Period);

    /// <summary>Whether it repeats as bricks and weaves do, at a distance that no decoder's enlargement leaves: that doubles.</summary>
    public static bool IsOfScene(GridArtefact grid) => Repeats(grid) && !IsPow2(grid.Period);

    /// <summary>Whether a picture repeats at all.</summary>
    public static bool Repeats(GridArtefact grid) => grid.Rms >= AloneRms && grid.Significance >= AloneSignificance;

    private static Finding Of(GridArtefact grid, double score, double confidence)
        => new(FindingKind.Grid, score, confidence,
            F($"A pattern repeats every {grid.Period} pixels with an RMS of {grid.Rms:0.00} levels, {Math.Min(grid.Significance, 9999):0} times above chance."),
            FindingOrigin.Unknown,
            "Decode a flat colour with the same autoencoder, as its quality report does: if the pattern is there too, it is the decoder's.")
        {
            Figures = [new("period", grid.Period, "px"), new("rms", grid.Rms, "levels"),
            new("significance", Math.Min(grid.Significance, 9999))]
        };
}
