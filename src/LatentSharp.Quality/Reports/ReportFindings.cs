using LatentSharp.Quality.Metrics;
using static LatentSharp.Quality.Metrics.Figures;

namespace LatentSharp.Quality.Reports;

/// <summary>Puts the figures of a report into words.</summary>
internal static class ReportFindings
{
    public static IReadOnlyList<ReportFinding> Of(QualityReport r)
    {
        List<(double Weight, ReportFinding Finding)> found = [];
        double Mean(string key) => r.Summary.FirstOrDefault(s => s.Key == key)?.Mean ?? double.NaN;

        double psnr = Mean("psnr"), deltaE = Mean("delta_e"), cast = CastOfTheSet(r), loss = Mean("detail_loss"),
            own = Mean("detail_coherence"), warp = Mean("warp"), ringing = Mean("ringing"), clipped = Mean("clipped");
        if (!double.IsNaN(psnr))
            Rate("fidelity", 33 - psnr, 0, 4, 8,
                F($"{psnr:0.0} dB on average: {Fidelity(psnr)}."),
                "A larger autoencoder of the same latent space keeps more.");
        Rate("colour", deltaE, 2, 4, 7,
            F($"Colours are {deltaE:0.0} dE2000 off at a typical pixel")
                + (cast >= 0.7 ? F($", and the whole set shifts by {cast:0.0} in Lab ({Direction(r)}).") : "; there is no steady cast."),
            cast >= 0.7 ? "A steady cast can be corrected exactly: `latent recalibrate`." : "");
        if (!double.IsNaN(loss))
            Rate("blur", Math.Abs(loss), 1.5, 4, 8,
                loss >= 0 ? F($"The finest detail loses {loss:0.0} dB, and {100 * own:0} % of what is left is the original's own; the rest is redrawn.")
                : F($"The finest detail gains {-loss:0.0} dB: the decoder invents texture; {100 * own:0} % of it is the original's own."),
                loss >= 1.5 ? "Compare sharpness with another autoencoder of the space: `latent compare`." : "");
        if (r.FlatColours.Count > 0)
        {
            double grid = r.FlatColours.Max(c => Math.Max(c.Grid8Rms, c.Grid16Rms));
            FlatColour worst = r.FlatColours.MaxBy(c => Math.Max(c.Grid8Rms, c.Grid16Rms))!;
            Rate("grid", grid, 0.25, 0.6, 1.5, grid < 0.25 ? F($"Flat colours stay free of a grid (at most {grid:0.00} levels).")
                : F($"Flat {worst.Name} comes back with a pattern of {grid:0.00} levels that repeats every 8 or 16 pixels."),
                grid >= 0.6 ? "It shows in skies and walls; dither or denoise lightly, or use another decoder." : "");
        }
        if (!double.IsNaN(warp)) Rate("warp", warp, 0.15, 0.3, 0.6, F($"Content stays in place to {warp:0.00} pixels on average."), "");
        if (!double.IsNaN(ringing)) Rate("ringing", ringing, 2.5, 5, 9, F($"Beside strong edges errors exceed those elsewhere by {ringing:0.0} levels."), "");
        if (clipped >= 0.01)
            Rate("clipping", clipped, 0.01, 0.03, 0.1, F($"{100 * clipped:0.0} % of the values lie beyond black or white and are cut off."),
                "Leave some headroom, or clamp before any further processing.");
        if (Mean("non_finite") > 0)
            found.Add((100, new ReportFinding("non-finite", "severe", "Some decoded values are NaN or infinite.", "Decode in float32.")));
        if (r.Latents.Rms is < 0.6 or > 1.5)
            found.Add((2, new ReportFinding("space", "clear",
                F($"The latents have an RMS of {r.Latents.Rms:0.00}; diffusion models expect about 1."),
                "Check scale and shift; `latent recalibrate --latents all` fits them for a model that is still to be trained.")));
        return [.. found.OrderByDescending(f => f.Weight).Select(f => f.Finding)];

        void Rate(string kind, double value, double slight, double clear, double severe, string text, string next)
        {
            if (double.IsNaN(value)) return;
            string severity = value < slight ? "good" : value < clear ? "slight" : value < severe ? "clear" : "severe";
            double weight = severity switch { "good" => 0, "slight" => 1, "clear" => 2, _ => 3 } + Math.Clamp(value / severe, 0, 1) * 0.5;
            found.Add((weight, new ReportFinding(kind, severity, text, severity == "good" ? "" : next)));
        }
    }

    /// <summary>What could not be measured because pictures are too small, a sentence each.</summary>
    public static IReadOnlyList<string> Limits(IReadOnlyList<PictureResult> pictures)
    {
        List<string> limits =
            [.. pictures.SelectMany(p => p.LeftOut).GroupBy(l => l)
                .Select(g => $"{g.Key}: left out for {g.Count()} of {Count(pictures.Count, "picture")}"
                    + $"{(g.Count() == 1 ? ", which is" : ", which are")} too small.")];
        if (!pictures.Any(p => Math.Min(p.Width, p.Height) >= LatentExperiments.SmallestSide))
            limits.Add(F($"Experiments: left out; none of the pictures has {LatentExperiments.SmallestSide} pixels each way."));
        return limits;
    }

    // The mean over pictures of signed shifts: what is left is the autoencoder's habit, not the pictures'.
    private static double CastOfTheSet(QualityReport r)
    {
        double l = Signed(r, "drift_l"), a = Signed(r, "drift_a"), b = Signed(r, "drift_b");
        return Math.Sqrt(l * l + a * a + b * b);
    }

    private static string Fidelity(double psnr) => psnr switch
    {
        >= 33 => "hard to tell from the original",
        >= 29 => "close to the original; fine texture differs",
        >= 25 => "the same picture, visibly redrawn in detail",
        _ => "clearly different from the original"
    };

    private static string Direction(QualityReport r)
    {
        (double Value, string Up, string Down)[] axes = [(Signed(r, "drift_l"), "lighter", "darker"),
            (Signed(r, "drift_a"), "redder", "greener"), (Signed(r, "drift_b"), "yellower", "bluer")];
        return string.Join(", ", axes.Where(x => Math.Abs(x.Value) >= 0.3).Select(x => x.Value > 0 ? x.Up : x.Down));
    }

    private static double Signed(QualityReport r, string key) => r.Summary.FirstOrDefault(s => s.Key == key)?.Mean ?? 0;
}
