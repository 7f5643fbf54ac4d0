using LatentSharp.Quality.Metrics;
using static LatentSharp.Quality.Findings.PictureFindings;

namespace LatentSharp.Quality.Findings;

/// <summary>What can be seen in a picture without a reference: a grid, strong noise, burnt or missing values. Thresholds are higher, because content looks alike.</summary>
internal static class BlindFindings
{
    private const double GridRms = 0.45, GridSignificance = 12, Noise = 4.5, Clipped = 0.35;

    public static IEnumerable<Finding> Of(ImageTensor picture)
    {
        RangeCheck range = RangeCheck.Of(picture);
        if (range.NonFinite > 0) yield return NonFinite(range);
        Plane luma = PicturePlanes.Of(picture).Luma;
        int side = Math.Min(luma.Height, luma.Width);
        if (side >= GridArtefact.MinimumSide)
        {
            GridArtefact grid = Stronger(GridArtefact.Of(luma, 8), GridArtefact.Of(luma, 16))!;
            if (grid.Rms >= GridRms && grid.Significance >= GridSignificance)
                yield return new Finding(FindingKind.Grid, grid.Rms / GridRms, 0.7,
                    F($"A pattern repeats every {grid.Period} pixels with an RMS of {grid.Rms:0.00} levels, {Math.Min(grid.Significance, 9999):0} times above chance."),
                    FindingOrigin.Unknown, "Decoders leave such patterns, JPEG compression too: compare with a decoding that was never saved as JPEG.");
        }
        if (side >= NoiseEstimate.MinimumSide && NoiseEstimate.Of(luma) is >= Noise and var noise)
            yield return new Finding(FindingKind.Noise, noise / Noise, 0.5, F($"Even the calmest parts hold noise with a deviation of {noise:0.0} levels."),
                FindingOrigin.Unknown, "If no grain was wanted, the latent still held noise: use more steps or check the schedule's end.");
        double clipped = range.Black + range.White;
        if (clipped >= Clipped || range.Outside >= DiagnosisThresholds.Outside)
            yield return new Finding(FindingKind.Clipping, Math.Max(clipped / Clipped, range.Outside / DiagnosisThresholds.Outside), 0.5,
                F($"{100 * clipped:0} % of the values are black or white, {100 * range.Outside:0.0} % lie outside the range of a picture."),
                FindingOrigin.Unknown, "Check the latent's scale: values too large decode to burnt colours. A high guidance scale does the same.");
    }
}
