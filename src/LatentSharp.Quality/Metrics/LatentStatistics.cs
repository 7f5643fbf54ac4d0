namespace LatentSharp.Quality.Metrics;

/// <summary>What the values of latents look like, in diffusion space, over all positions of all pictures added.</summary>
public sealed class LatentStatistics
{
    private LatentStatistics(LatentChannel[] channels, double[,] covariance, long positions, long nonFinite, double effectiveDimensions)
        => (Channels, Covariance, Positions, NonFinite, EffectiveDimensions) =
        (channels, covariance, positions, nonFinite, effectiveDimensions);

    /// <summary>One entry for each channel.</summary>
    public IReadOnlyList<LatentChannel> Channels { get; }

    /// <summary>The covariance between channels, [C, C].</summary>
    public double[,] Covariance { get; }

    /// <summary>How many finite positions the statistics are made of.</summary>
    public long Positions { get; }

    /// <summary>How many values are NaN or infinite; their positions are left out.</summary>
    public long NonFinite { get; }

    /// <summary>
    /// How many directions carry the variance: the participation ratio (sum of the covariance's eigenvalues)^2 / sum of their squares, 1
    /// (all on a line) to C (a ball).
    /// </summary>
    public double EffectiveDimensions { get; }

    /// <summary>
    /// The mean over channels of the Kullback-Leibler divergence from a Gaussian with the channel's mean and deviation to the unit normal,
    /// in nats.
    /// </summary>
    public double KlToUnitNormal => Channels.Average(c => c.KlToUnitNormal);

    /// <summary>The root mean square of all values.</summary>
    public double Rms => Math.Sqrt(Channels.Average(c => c.Mean * c.Mean + c.Deviation * c.Deviation));

    /// <summary>The statistics of one or more latents of one space.</summary>
    /// <exception cref="ArgumentException">There are no latents, or they have different numbers of channels.</exception>
    public static LatentStatistics Of(params IReadOnlyList<Latent> latents)
    {
        ArgumentNullException.ThrowIfNull(latents);
        if (latents.Count == 0) throw new ArgumentException("there are no latents to summarise", nameof(latents));
        int channels = latents[0].Channels;
        if (latents.Any(l => l.Channels != channels))
            throw new ArgumentException("latents with different numbers of channels cannot be summarised together", nameof(latents));

        List<float>[] values = [.. Enumerable.Range(0, channels).Select(_ => new List<float>())];
        long nonFinite = 0;
        foreach (Latent latent in latents)
            for (int image = 0; image < latent.Batch; image++)
                nonFinite += Gather(latent, image, values);
        int n = values[0].Count;
        double[] means = [.. values.Select(v => Mean(v))];
        double[,] covariance = new double[channels, channels];
        Parallel.For(0, channels, a =>
        {
            for (int b = a; b < channels; b++)
            {
                double sum = 0;
                for (int i = 0; i < n; i++) sum += (values[a][i] - means[a]) * (values[b][i] - means[b]);
                covariance[a, b] = covariance[b, a] = n > 0 ? sum / n : 0;
            }
        });
        LatentChannel[] rows = new LatentChannel[channels];
        Parallel.For(0, channels, c => rows[c] = LatentChannel.Of(values[c], means[c], Math.Sqrt(covariance[c, c])));
        double trace = 0, squares = 0;
        foreach (double e in SymmetricEigen.Values(covariance)) (trace, squares) = (trace + e, squares + e * e);
        return new LatentStatistics(rows, covariance, n, nonFinite, squares > 0 ? trace * trace / squares : 0);
    }

    private static double Mean(List<float> values)
    {
        double sum = 0;
        foreach (float v in values) sum += v;
        return values.Count > 0 ? sum / values.Count : 0;
    }

    private static long Gather(Latent latent, int image, List<float>[] values)
    {
        int plane = latent.Height * latent.Width;
        long bad = 0;
        ReadOnlySpan<float> all = latent.Values.AsSpan(image * latent.Channels * plane, latent.Channels * plane);
        for (int i = 0; i < plane; i++)
        {
            long here = 0;
            for (int c = 0; c < latent.Channels; c++)
                if (!float.IsFinite(all[c * plane + i])) here++;
            bad += here;
            if (here > 0) continue;
            for (int c = 0; c < latent.Channels; c++) values[c].Add(all[c * plane + i]);
        }
        return bad;
    }
}

/// <summary>One channel of latents.</summary>
/// <param name="Mean">The mean.</param>
/// <param name="Deviation">The standard deviation (of the population).</param>
/// <param name="Quantiles">The values below which 1, 5, 25, 50, 75, 95 and 99 % lie.</param>
/// <param name="KlToUnitNormal">Kullback-Leibler divergence from N(mean, deviation^2) to N(0, 1) in nats; positive infinity for a constant
/// channel.</param>
public sealed record LatentChannel(double Mean, double Deviation, double[] Quantiles, double KlToUnitNormal)
{
    /// <summary>The fractions that <see cref="Quantiles"/> belong to.</summary>
    public static IReadOnlyList<double> Fractions { get; } = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99];

    internal static LatentChannel Of(List<float> values, double mean, double deviation)
    {
        double[] sorted = [.. values.Select(v => (double)v)];
        Array.Sort(sorted);
        double[] quantiles = sorted.Length == 0 ? new double[Fractions.Count]
            : [.. Fractions.Select(f => Distribution.Percentile(sorted, f))];
        double kl = deviation > 0 ? 0.5 * (mean * mean + deviation * deviation - 1) - Math.Log(deviation) : double.PositiveInfinity;
        return new LatentChannel(mean, deviation, quantiles, kl);
    }
}
