using LatentSharp.Quality.Metrics;

namespace LatentSharp.Quality.Reports;

/// <summary>A metric as reports know it.</summary>
/// <param name="Key">Its name in JSON.</param>
/// <param name="Title">Its name for people.</param>
/// <param name="Unit">The unit; empty for pure numbers.</param>
/// <param name="HigherIsBetter">True or false; null where neither direction is good.</param>
/// <param name="Meaning">One sentence.</param>
public sealed record MetricDefinition(string Key, string Title, string Unit, bool? HigherIsBetter, string Meaning)
{
    /// <summary>The least possible value; null where there is none.</summary>
    public double? Least { get; init; }

    /// <summary>The largest possible value; null where there is none.</summary>
    public double? Most { get; init; }
}

/// <summary>The metrics of reports, in the order in which they are shown, and how each is read off a comparison.</summary>
public static class MetricCatalogue
{
    private static readonly (MetricDefinition Definition, Func<PictureComparison, double?> Read)[] Entries =
    [
        (new("psnr", "PSNR", "dB", true, "Fidelity over all pixels and channels; 30 dB is good, 35 dB very good."),
            c => double.IsInfinity(c.PsnrRgb) ? null : c.PsnrRgb),
        (new("ssim", "SSIM", "", true, "Similarity of local structure on luma, 1 is identical.") { Most = 1 }, c => c.Ssim),
        (new("ms_ssim", "MS-SSIM", "", true, "The same over five scales.") { Most = 1 }, c => c.MsSsim),
        (new("delta_e", "Colour error", "dE2000", false, "Mean CIEDE2000 difference; 1 is just visible side by side.") { Least = 0 }, c => c.DeltaE.Mean),
        (new("delta_e_p95", "Colour error, 95th percentile", "dE2000", false,
            "One pixel in twenty is further off than this.") { Least = 0 }, c => c.DeltaE.P95),
        (new("cast", "Colour cast", "Lab", false, "Length of the mean shift in Lab: a steady cast, not scatter.") { Least = 0 }, c => c.Drift.LabShift),
        (new("drift_l", "Lightness shift", "L*", null, "Positive is lighter."), c => c.Drift.L),
        (new("drift_a", "Red-green shift", "a*", null, "Positive is redder."), c => c.Drift.A),
        (new("drift_b", "Yellow-blue shift", "b*", null, "Positive is yellower."), c => c.Drift.B),
        (new("drift_chroma", "Saturation shift", "C*", null, "Positive is more saturated."), c => c.Drift.Chroma),
        (new("drift_hue", "Hue turn", "degrees", null, "Weighted by saturation."), c => c.Drift.Hue),
        (new("drift_red", "Red in linear light", "", null, "Mean difference, scale 0 to 1."), c => c.Drift.LinearRed),
        (new("drift_green", "Green in linear light", "", null, "Mean difference, scale 0 to 1."), c => c.Drift.LinearGreen),
        (new("drift_blue", "Blue in linear light", "", null, "Mean difference, scale 0 to 1."), c => c.Drift.LinearBlue),
        (new("edge_energy", "Edge energy kept", "", null, "Mean squared gradient after over before: below 1 is softer.") { Least = 0 },
            c => Finite(c.Sharpness?.GradientEnergyRatio)),
        (new("detail_loss", "Fine detail lost", "dB", false, "Power between 0.25 and 0.5 cycles per pixel."), c => c.Sharpness?.HighFrequencyLossDb),
        (new("detail_coherence", "Fine detail that is the original's own", "", true,
            "Coherence between 0.25 and 0.5 cycles per pixel: the rest is redrawn.") { Most = 1 }, c => c.Sharpness?.HighFrequencyCoherence),
        (new("blur_sigma", "Equivalent blur", "px", false, "Sigma of the Gaussian that fits the loss.") { Least = 0 }, c => c.Sharpness?.BlurSigma),
        (new("grid8", "Grid of 8 pixels", "levels", false, "RMS of a pattern that repeats.") { Least = 0 }, c => c.Grid8?.Rms),
        (new("grid16", "Grid of 16 pixels", "levels", false, "RMS of a pattern that repeats.") { Least = 0 }, c => c.Grid16?.Rms),
        (new("warp", "Displacement", "px", false, "Mean length where there is texture.") { Least = 0 }, c => c.Warp?.Mean),
        (new("warp_p95", "Displacement, 95th percentile", "px", false, "One block in twenty moved further.") { Least = 0 }, c => c.Warp?.P95),
        (new("noise", "Noise added", "levels", false, "Deviation of fine noise that was not there before.") { Least = 0 }, c => c.NoiseAdded),
        (new("ringing", "Ringing", "levels", false, "Excess error beside strong edges."), c => c.Ringing),
        (new("banding", "Banding", "per 1000", false, "Isolated jumps in gradients, after minus before."), c => c.Banding),
        (new("clipped", "Values clipped", "share", false, "Share of values outside the range of a picture before clamping.") { Least = 0,
            Most = 1 }, c => c.Range.Outside),
        (new("non_finite", "Not finite", "values", false, "Values that are no number or infinite.") { Least = 0 }, c => c.Range.NonFinite),
    ];

    /// <summary>All metrics.</summary>
    public static IReadOnlyList<MetricDefinition> All { get; } = [.. Entries.Select(e => e.Definition)];

    /// <summary>The metric with the given key.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public static MetricDefinition Find(string key) => All.FirstOrDefault(m => m.Key == key) ?? throw new KeyNotFoundException($"there is no metric \"{key}\"");

    /// <summary>All values of a comparison, rounded as reports hold them; metrics that could not be measured are absent.</summary>
    public static SortedDictionary<string, double> Read(PictureComparison comparison)
    {
        ArgumentNullException.ThrowIfNull(comparison);
        SortedDictionary<string, double> values = new(StringComparer.Ordinal);
        foreach ((MetricDefinition definition, Func<PictureComparison, double?> read) in Entries)
            if (read(comparison) is { } value && double.IsFinite(value)) values[definition.Key] = Rounded(value);
        return values;
    }

    /// <summary>Six significant digits: what is stable across vector widths, and all that anyone reads.</summary>
    internal static double Rounded(double value)
    {
        if (value == 0 || !double.IsFinite(value)) return value;
        int digits = 5 - (int)Math.Floor(Math.Log10(Math.Abs(value)));
        if (digits >= 0) return Math.Round(value, Math.Min(digits, 10));
        double unit = Math.Pow(10, -digits);
        return Math.Round(value / unit) * unit;
    }

    private static double? Finite(double? value) => value is { } v && double.IsFinite(v) ? v : null;
}
