namespace LatentSharp.Quality.Metrics;

/// <summary>Summary of a set of numbers.</summary>
/// <param name="Mean">The arithmetic mean.</param>
/// <param name="Median">The 50th percentile.</param>
/// <param name="P95">The 95th percentile.</param>
/// <param name="Maximum">The largest value.</param>
public readonly record struct Distribution(double Mean, double Median, double P95, double Maximum)
{
    private const int Part = 1 << 17;

    /// <summary>The summary of <paramref name="values"/>; percentiles interpolate linearly between neighbours.</summary>
    /// <exception cref="ArgumentException">There are no values.</exception>
    public static Distribution Of(ReadOnlySpan<double> values)
    {
        if (values.IsEmpty) throw new ArgumentException("there are no values to summarise", nameof(values));
        double sum = 0;
        foreach (double v in values) sum += v;
        double[] sorted = Ascending(values.ToArray());
        return new Distribution(sum / sorted.Length, Percentile(sorted, 0.5), Percentile(sorted, 0.95), sorted[^1]);
    }

    /// <summary>The values in ascending order, in the array that is given or another one.</summary>
    /// <remarks>In parts, which are sorted beside one another and then merged: a map of a large picture takes seconds as a whole, and could
    /// not be ended meanwhile.</remarks>
    internal static double[] Ascending(double[] values)
    {
        int parts = (values.Length + Part - 1) / Part;
        Parallel.For(0, parts, Measuring.Rows, p => Array.Sort(values, p * Part, Math.Min(Part, values.Length - p * Part)));
        double[] from = values, to = parts > 1 ? new double[values.Length] : values;
        for (long run = Part; run < values.Length; run *= 2)
        {
            double[] source = from, target = to;
            int pairs = (int)((values.Length + 2 * run - 1) / (2 * run));
            long sorted = run;
            Parallel.For(0, pairs, Measuring.Rows, p => Merge(source, target, 2 * p * sorted, sorted));
            (from, to) = (to, from);
        }
        return from;
    }

    // Two runs that lie one behind the other become one. Values that are none come first, as where an array is sorted.
    private static void Merge(double[] from, double[] to, long start, long run)
    {
        long left = start, middle = Math.Min(start + run, from.Length), right = middle, end = Math.Min(start + 2 * run, from.Length);
        for (long i = start; i < end; i++)
        {
            if (i % Part == 0) Measuring.ThrowIfCancelled();
            bool takeLeft = right >= end || left < middle && from[left].CompareTo(from[right]) <= 0;
            to[i] = takeLeft ? from[left++] : from[right++];
        }
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
