using LatentSharp.Quality.Metrics;

namespace LatentSharp.Quality.Reports;

/// <summary>From pictures to figures about the set.</summary>
internal static class Summaries
{
    // Two-sided 95 % quantiles of Student's t for 1 to 30 degrees of freedom (any statistics table); 1.96 beyond.
    private static readonly double[] StudentT =
    [
        12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
        2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
    ];

    public static List<MetricSummary> Of(IReadOnlyList<PictureResult> pictures)
    {
        List<MetricSummary> summaries = [];
        foreach (MetricDefinition metric in MetricCatalogue.All)
        {
            double[] values = [.. pictures.Where(p => p.Metrics.ContainsKey(metric.Key)).Select(p => p.Metrics[metric.Key])];
            if (values.Length == 0) continue;
            Array.Sort(values);
            double mean = values.Average();
            (double low, double high) = Interval(metric, mean, HalfInterval(values, mean));
            summaries.Add(new MetricSummary(metric.Key, Round(mean), Round(low), Round(high), Round(Distribution.Percentile(values, 0.5)),
                values[0], values[^1], values.Length));
        }
        return summaries;
    }

    public static SpectrumCurve Spectrum(IReadOnlyList<PictureResult> pictures)
    {
        double[][] gains = [.. pictures.Where(p => p.GainDb is not null).Select(p => p.GainDb!)];
        if (gains.Length == 0) return new SpectrumCurve([], []);
        // Pictures too small for the finest bands have fewer, wider ones: only full sets are averaged.
        gains = [.. gains.Where(g => g.Length == gains.Max(h => h.Length))];
        int bands = gains[0].Length;
        return new SpectrumCurve([.. Enumerable.Range(1, bands).Select(i => Round(0.5 * i / bands))],
            [.. Enumerable.Range(0, bands).Select(i => Round(gains.Average(g => g[i])))]);
    }

    public static LatentSummary Latents(IReadOnlyList<Latent> latents)
    {
        LatentStatistics s = LatentStatistics.Of(latents);
        int n = s.Channels.Count;
        double[] correlation = new double[n * n];
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++)
            {
                double scale = s.Channels[i].Deviation * s.Channels[j].Deviation;
                correlation[i * n + j] = scale > 0 ? Round(s.Covariance[i, j] / scale) : i == j ? 1 : 0;
            }
        LatentChannel[] channels =
            [.. s.Channels.Select(
                c => new LatentChannel(Round(c.Mean), Round(c.Deviation), [.. c.Quantiles.Select(Round)], Nats(c.KlToUnitNormal)))];
        return new LatentSummary(channels, Round(s.EffectiveDimensions), Round(channels.Average(c => c.KlToUnitNormal)), Round(s.Rms),
            correlation);
    }

    // A constant channel is infinitely far from a unit normal, which JSON cannot say.
    private static double Nats(double kl) => double.IsFinite(kl) ? Round(kl) : 1e6;

    // Where values have an end (no error is below zero, no similarity above one), the interval is that of the logarithm of the distance
    // from it: with m the mean distance and h half the interval on the plain scale, h / m is half of it on the logarithm's (the delta
    // method), and no end of it lies beyond what is possible.
    private static (double Low, double High) Interval(MetricDefinition metric, double mean, double half)
    {
        if (metric.Least is { } least)
        {
            double factor = mean > least ? Math.Exp(half / (mean - least)) : 1;
            return (least + (mean - least) / factor, Math.Min(metric.Most ?? double.PositiveInfinity, least + (mean - least) * factor));
        }
        if (metric.Most is not { } most) return (mean - half, mean + half);
        double ratio = mean < most ? Math.Exp(half / (most - mean)) : 1;
        return (most - (most - mean) * ratio, most - (most - mean) / ratio);
    }

    private static double HalfInterval(double[] values, double mean)
    {
        if (values.Length < 2) return 0;
        double variance = values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1);
        double t = values.Length - 1 <= StudentT.Length ? StudentT[values.Length - 2] : 1.96;
        return t * Math.Sqrt(variance / values.Length);
    }

    private static double Round(double v) => MetricCatalogue.Rounded(v);
}
