using System.Globalization;
using LatentSharp.Quality.Metrics;

namespace LatentSharp.Quality.Findings;

/// <summary>Turns the comparison of a picture with its reference into findings; it does not know where they come from.</summary>
internal static class PictureFindings
{
    public static IEnumerable<Finding> Of(PictureComparison c)
    {
        if (c.Range.NonFinite > 0) yield return NonFinite(c.Range);

        if (c.Drift.LabShift >= DiagnosisThresholds.Cast)
            yield return new Finding(FindingKind.Colour, c.Drift.LabShift / DiagnosisThresholds.Cast, Sure(c.Drift.LabShift / DiagnosisThresholds.Cast),
                F($"On average colours are {c.Drift.LabShift:0.0} off in Lab ({Direction(c.Drift)}); saturation changed by {c.Drift.Chroma:+0.0;-0.0;0.0}."),
                FindingOrigin.Unknown, "Check that the autoencoder belongs to the model and that scale and shift are its own; a steady cast can be corrected with `latent recalibrate`.");

        bool warped = false;
        if (c.Warp is { } warp && warp.Coverage >= DiagnosisThresholds.WarpCoverage && WarpScore(warp) >= 1)
        {
            warped = true;
            yield return new Finding(FindingKind.Warp, WarpScore(warp), Math.Round(Sure(WarpScore(warp)) * Math.Min(1, warp.Coverage / 0.15), 2),
                F($"Content moved by {warp.Mean:0.00} pixels on average and {warp.P95:0.00} at the 95th percentile, measured on {100 * warp.Coverage:0} % of the picture."),
                FindingOrigin.Unknown, "Look for a resize, crop or padding between the two pictures; a latent decoded by another space's autoencoder also moves content.");
        }

        if (c.Sharpness is { } s && s.BlurSigma >= DiagnosisThresholds.BlurSigma
            && (s.HighFrequencyCoherence >= DiagnosisThresholds.BlurCoherence || s.HighFrequencyLossDb >= DiagnosisThresholds.BlurLossDb))
        {
            // Resampling along a warp blurs as well: that blur is a consequence.
            double score = s.BlurSigma / DiagnosisThresholds.BlurSigma * (warped && s.BlurSigma < 0.9 ? 0.7 : 1);
            yield return new Finding(FindingKind.Blur, score, Sure(score),
                F($"Fine detail lost {s.HighFrequencyLossDb:0.0} dB, like a Gaussian blur of sigma {s.BlurSigma:0.00} pixels; edges keep {100 * s.GradientEnergyRatio:0} % of their energy."),
                FindingOrigin.Unknown, "Look for a resize or a denoiser in the chain; if the autoencoder does it, a larger one or `latent recalibrate --last-layer` helps.");
        }

        GridArtefact? grid = Stronger(c.Grid8, c.Grid16);
        if (grid is not null && IsGrid(grid))
            yield return new Finding(FindingKind.Grid, grid.Rms / DiagnosisThresholds.GridRms, Sure(grid.Rms / DiagnosisThresholds.GridRms),
                F($"A pattern repeats every {grid.Period} pixels with an RMS of {grid.Rms:0.00} levels, {Math.Min(grid.Significance, 9999):0} times above chance."),
                FindingOrigin.Unknown, "Decode a flat colour with the same autoencoder (`latent report` does): if the pattern is there too, it is the decoder's.");

        if (c.NoiseAdded is { } noise && noise >= DiagnosisThresholds.Noise)
            yield return new Finding(FindingKind.Noise, noise / DiagnosisThresholds.Noise, Sure(noise / DiagnosisThresholds.Noise),
                F($"Noise with a deviation of {noise:0.0} levels was added."),
                FindingOrigin.Unknown, "If the picture was generated, the last steps left noise in the latent: use more steps or check the schedule's end.");

        if (c.ClippedMore >= DiagnosisThresholds.Clipping || c.Range.Outside >= DiagnosisThresholds.Outside)
        {
            // A cast pushes values to the ends of the scale: that clipping is a consequence.
            double shifted = c.Drift.LabShift >= DiagnosisThresholds.Cast ? 0.4 : 1;
            double share = Math.Max(shifted * c.ClippedMore / DiagnosisThresholds.Clipping, c.Range.Outside / DiagnosisThresholds.Outside);
            yield return new Finding(FindingKind.Clipping, share, Sure(share),
                F($"{100 * Math.Max(0, c.ClippedMore):0.0} % more of the values than in the reference are black or white; {100 * c.Range.Outside:0.0} % lie outside the range of a picture."),
                FindingOrigin.Unknown, "Check the latent's scale: values too large decode to burnt colours. A high guidance scale does the same.");
        }
    }

    public static Finding NonFinite(RangeCheck range)
        => new(FindingKind.NonFinite, 100, 1, F($"{range.NonFinite} of {range.Count} values are NaN or infinite."), FindingOrigin.Unknown,
            "Values like these come out of an autoencoder run in half precision or out of a latent that already holds them: decode in float32 or bfloat16.");

    public static bool IsGrid(GridArtefact grid) => grid.Rms >= DiagnosisThresholds.GridRms && grid.Significance >= DiagnosisThresholds.GridSignificance;

    // 16 contains 8: the longer period is named only where it adds something.
    public static GridArtefact? Stronger(GridArtefact? grid8, GridArtefact? grid16)
        => grid8 is null ? grid16 : grid16 is not null && grid16.Rms > 1.3 * grid8.Rms ? grid16 : grid8;

    public static double WarpScore(WarpField warp) => Math.Max(warp.Mean / DiagnosisThresholds.Warp, warp.P95 / DiagnosisThresholds.WarpP95);

    public static string F(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    // At the threshold a finding is as likely as not to be visible; twice the threshold is beyond doubt.
    private static double Sure(double score) => Math.Round(Math.Clamp(0.5 + 0.45 * (score - 1), 0.5, 0.98), 2);

    private static string Direction(ColourDrift d)
    {
        List<string> words = [];
        if (Math.Abs(d.L) >= 0.4) words.Add(F($"{(d.L > 0 ? "lighter" : "darker")} by {Math.Abs(d.L):0.0}"));
        if (Math.Abs(d.A) >= 0.4) words.Add(F($"{(d.A > 0 ? "redder" : "greener")} by {Math.Abs(d.A):0.0}"));
        if (Math.Abs(d.B) >= 0.4) words.Add(F($"{(d.B > 0 ? "yellower" : "bluer")} by {Math.Abs(d.B):0.0}"));
        return words.Count == 0 ? "in no single direction" : string.Join(", ", words);
    }
}
