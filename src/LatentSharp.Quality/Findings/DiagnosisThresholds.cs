namespace LatentSharp.Quality.Findings;

/// <summary>
/// Where a measurement becomes a finding. The values lie between what round trips of good small autoencoders (TAEF1, TAESD3) show on
/// photographs and what the smallest defects worth naming show there: a cast of 2 dE, a blur of sigma 0.7, a grid of amplitude 2, a warp of
/// half a pixel, noise of deviation 3.
/// </summary>
internal static class DiagnosisThresholds
{
    /// <summary>Mean shift in Lab.</summary>
    public const double Cast = 1.5;

    /// <summary>Sigma in pixels of the Gaussian that fits the loss of detail.</summary>
    public const double BlurSigma = 0.55;

    /// <summary>Coherence between 0.25 and 0.5 cycles per pixel above which a loss of detail is a filter and not a redrawing.</summary>
    public const double BlurCoherence = 0.6;

    /// <summary>
    /// Loss in dB between 0.25 and 0.5 cycles per pixel that counts as blur whatever the coherence: a decoder that redraws detail as soft
    /// as that.
    /// </summary>
    public const double BlurLossDb = 5;

    /// <summary>RMS of the common pattern in levels.</summary>
    public const double GridRms = 0.65;

    /// <summary>Energy of the pattern over that at periods that no decoder uses.</summary>
    public const double GridSignificance = 6;

    /// <summary>Mean displacement in pixels.</summary>
    public const double Warp = 0.27;

    /// <summary>95th percentile of the displacement in pixels: a wave moves content in some places only.</summary>
    public const double WarpP95 = 0.43;

    /// <summary>Share of blocks with texture below which a displacement field is not believed.</summary>
    public const double WarpCoverage = 0.03;

    /// <summary>Deviation of added noise in levels.</summary>
    public const double Noise = 2.6;

    /// <summary>Share of values that reached an end of the scale.</summary>
    public const double Clipping = 0.06;

    /// <summary>
    /// Share of values outside the range of a picture, before clamping. Good decoders overshoot in black and white areas (a tenth of the
    /// values of a portrait on white): only a picture that is outside as a whole is a fault.
    /// </summary>
    public const double Outside = 0.25;
}
