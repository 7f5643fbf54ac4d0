namespace LatentSharp.Quality.Metrics;

/// <summary>Summary of a set of numbers.</summary>
/// <param name="Mean">The arithmetic mean.</param>
/// <param name="Median">The 50th percentile.</param>
/// <param name="P95">The 95th percentile.</param>
/// <param name="Maximum">The largest value.</param>
public readonly record struct Distribution(double Mean, double Median, double P95, double Maximum)
{
    /// <summary>The summary of <paramref name="values"/>; percentiles interpolate linearly between neighbours.</summary>
    /// <exception cref="ArgumentException">There are no values.</exception>
    public static Distribution Of(ReadOnlySpan<double> values)
    {
        if (values.IsEmpty) throw new ArgumentException("there are no values to summarise", nameof(values));
        double sum = 0;
        foreach (double v in values) sum += v;
        double[] sorted = values.ToArray();
        Array.Sort(sorted);
        return new Distribution(sum / sorted.Length, Percentile(sorted, 0.5), Percentile(sorted, 0.95), sorted[^1]);
    }

    /// <summary>The quantile <paramref name="fraction"/> (0 to 1) of ascending values, linear between neighbours.</summary>
    /// <exception cref="ArgumentException">There are no values.</exception>
    public static double Percentile(ReadOnlySpan<double> ascending, double fraction)
    {
        if (ascending.IsEmpty) throw new ArgumentException("there are no values to summarise", nameof(ascending));
        double position = Math.Clamp(fraction, 0, 1) * (ascending.Length - 1);
        int below = (int)position;
        return below + 1 < ascending.Length ? ascending[below] + (position - below) * (ascending[below + 1] - ascending[below])
            : ascending[^1];
    }
}
