namespace LatentSharp.Quality.Metrics;

/// <summary>How much fine detail a picture kept against its reference, on luma.</summary>
/// <param name="GradientEnergyRatio">Mean squared gradient of the picture over that of the reference: below 1 is softer; 1 when the
/// reference is flat and so is the picture.</param>
/// <param name="HighFrequencyLossDb">Power lost between 0.25 and 0.5 cycles per pixel, in dB: positive is blur, negative is added detail or
/// noise; 0 where there was none.</param>
/// <param name="HighFrequencyCoherence">Power-weighted coherence between 0.25 and 0.5 cycles per pixel, [0, 1]: how much of the detail is
/// the original's own.</param>
/// <param name="BlurSigma">Sigma in pixels of the Gaussian whose transfer function fits that from reference to picture best; 0 when nothing
/// was lost.</param>
/// <param name="Spectrum">The spectra the figures come from.</param>
public sealed record Sharpness(double GradientEnergyRatio, double HighFrequencyLossDb, double HighFrequencyCoherence, double BlurSigma,
    RadialSpectrum Spectrum)
{
    /// <summary>Measures <paramref name="picture"/> against <paramref name="reference"/>.</summary>
    /// <exception cref="LatentSharp.LatentSharpException">The sizes differ or are smaller than
    /// <see cref="RadialSpectrum.MinimumSide"/>.</exception>
    public static Sharpness Of(PicturePlanes reference, PicturePlanes picture)
    {
        RadialSpectrum spectrum = RadialSpectrum.Of(reference.Luma, picture.Luma);
        double before = GradientEnergy(reference.Luma), after = GradientEnergy(picture.Luma);
        double ratio = before > 0 ? after / before : after > 0 ? double.PositiveInfinity : 1;
        double loss = -spectrum.PowerRatioDb(0.25, 0.5);
        return new Sharpness(ratio, double.IsNaN(loss) ? 0 : loss, CoherenceOf(spectrum), FitSigma(spectrum), spectrum);
    }

    /// <summary>
    /// The mean of squared central differences in both directions, in squared levels per pixel squared: how busy a plane is.
    /// </summary>
    public static double GradientEnergy(Plane plane)
    {
        ArgumentNullException.ThrowIfNull(plane);
        if (plane.Height < 3 || plane.Width < 3) return 0;
        double sum = 0;
        foreach (int y in Measuring.Each(1, plane.Height - 1))
            for (int x = 1; x < plane.Width - 1; x++)
            {
                double dx = 0.5 * (plane[y, x + 1] - plane[y, x - 1]), dy = 0.5 * (plane[y + 1, x] - plane[y - 1, x]);
                sum += dx * dx + dy * dy;
            }
        return sum / ((plane.Height - 2.0) * (plane.Width - 2.0));
    }

    private static double CoherenceOf(RadialSpectrum s)
    {
        double weight = 0, sum = 0;
        for (int i = 0; i < s.Frequencies.Length; i++)
            if (s.Frequencies[i] >= 0.25) (weight, sum) = (weight + s.Reference[i], sum + s.Coherence[i] * s.Reference[i]);
        return weight > 0 ? sum / weight : 1;
    }

    // ln gain = -2 pi^2 sigma^2 f^2 is a line through the origin in f^2; bands with little left (gain < 0.08) are rounding noise of 8-bit
    // levels.
    private static double FitSigma(RadialSpectrum s)
    {
        double xx = 0, xy = 0;
        for (int i = 0; i < s.Frequencies.Length; i++)
        {
            if (s.Frequencies[i] < 0.06 || s.Frequencies[i] > 0.4 || s.Gain[i] < 0.08) continue;
            double x = s.Frequencies[i] * s.Frequencies[i], y = Math.Log(s.Gain[i]);
            (xx, xy) = (xx + x * x, xy + x * y);
        }
        double slope = xx > 0 ? xy / xx : 0;
        return slope < 0 ? Math.Sqrt(-slope / (2 * Math.PI * Math.PI)) : 0;
    }
}
