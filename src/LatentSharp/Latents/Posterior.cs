namespace LatentSharp.Latents;

/// <summary>
/// The diagonal normal distribution that the encoder of a variational autoencoder gives for every latent value: a mean and the logarithm of
/// a variance.
/// </summary>
internal static class Posterior
{
    /// <summary>
    /// Log-variances are clamped to -30 .. 20 before they are used, as diffusers does; black-forest-labs/flux does not clamp. Real files
    /// stay far inside.
    /// </summary>
    public const float MinLogVariance = -30f, MaxLogVariance = 20f;

    /// <summary>mean + exp(0.5 * log-variance) * noise, value by value.</summary>
    /// <param name="mean">The means; receives the sample.</param>
    /// <param name="logVariance">The log-variances.</param>
    /// <param name="noise">Standard normal values.</param>
    public static void Sample(Span<float> mean, ReadOnlySpan<float> logVariance, ReadOnlySpan<float> noise)
    {
        for (int i = 0; i < mean.Length; i++)
            mean[i] += MathF.Exp(0.5f * Math.Clamp(logVariance[i], MinLogVariance, MaxLogVariance)) * noise[i];
    }

    /// <summary>
    /// The Kullback-Leibler divergence from the standard normal distribution, summed over all values: 0.5 * (mean^2 + variance - 1 -
    /// log-variance).
    /// </summary>
    public static double Divergence(ReadOnlySpan<float> mean, ReadOnlySpan<float> logVariance)
    {
        double sum = 0;
        for (int i = 0; i < mean.Length; i++)
        {
            double logvar = Math.Clamp(logVariance[i], MinLogVariance, MaxLogVariance);
            sum += 0.5 * ((double)mean[i] * mean[i] + Math.Exp(logvar) - 1 - logvar);
        }
        return sum;
    }
}
