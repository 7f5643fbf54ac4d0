using System.Numerics;

namespace LatentSharp.Quality.Metrics;

/// <summary>
/// Filters that are a row times a column: every pass walks along rows, so that the inner loops are vector loops over neighbouring pixels.
/// </summary>
internal static class SeparableFilter
{
    /// <summary>A Gaussian of <paramref name="size"/> taps, normalised to a sum of 1.</summary>
    public static double[] Gaussian(int size, double sigma)
    {
        double[] taps = new double[size];
        double middle = (size - 1) / 2.0;
        for (int i = 0; i < size; i++) taps[i] = Math.Exp(-(i - middle) * (i - middle) / (2 * sigma * sigma));
        double sum = taps.Sum();
        for (int i = 0; i < size; i++) taps[i] /= sum;
        return taps;
    }

    /// <summary>A Gaussian wide enough for <paramref name="sigma"/>: 2*ceil(4 sigma)+1 taps.</summary>
    public static double[] Gaussian(double sigma) => Gaussian(2 * (int)Math.Ceiling(4 * sigma) + 1, sigma);

    /// <summary>The taps applied to rows and columns where the window lies inside: [H-n+1, W-n+1].</summary>
    public static Plane Valid(Plane source, double[] taps)
    {
        int n = taps.Length, height = source.Height - n + 1, width = source.Width - n + 1;
        Plane result = new(height, width);
        Parallel.For(0, (height + RowsPerTask - 1) / RowsPerTask, Measuring.Rows, task =>
        {
            double[] column = new double[source.Width];
            int end = Math.Min(height, (task + 1) * RowsPerTask);
            for (int y = task * RowsPerTask; y < end; y++)
            {
                Array.Clear(column);
                for (int k = 0; k < n; k++) AddScaled(source.Row(y + k), taps[k], column);
                Span<double> row = result.Row(y);
                for (int k = 0; k < n; k++) AddScaled(column.AsSpan(k, width), taps[k], row);
            }
        });
        return result;
    }

    /// <summary>
    /// The taps (an odd number) applied everywhere; beyond the border the picture is mirrored without repeating the edge pixel.
    /// </summary>
    public static Plane Mirrored(Plane source, double[] taps)
    {
        int n = taps.Length, half = n / 2, height = source.Height, width = source.Width;
        Plane result = new(height, width);
        Parallel.For(0, (height + RowsPerTask - 1) / RowsPerTask, Measuring.Rows, task =>
        {
            double[] column = new double[width + 2 * half];
            int end = Math.Min(height, (task + 1) * RowsPerTask);
            for (int y = task * RowsPerTask; y < end; y++)
            {
                Array.Clear(column);
                for (int k = 0; k < n; k++) AddScaled(source.Row(Mirror(y + k - half, height)), taps[k], column.AsSpan(half, width));
                for (int i = 1; i <= half; i++)
                {
                    column[half - i] = column[half + Mirror(-i, width)];
                    column[half + width - 1 + i] = column[half + Mirror(width - 1 + i, width)];
                }
                Span<double> row = result.Row(y);
                for (int k = 0; k < n; k++) AddScaled(column.AsSpan(k, width), taps[k], row);
            }
        });
        return result;
    }

    /// <summary>The mean of 2x2 pixels at stride 2; an odd last row or column is dropped.</summary>
    public static Plane Halved(Plane source)
    {
        Plane result = new(source.Height / 2, source.Width / 2);
        foreach (int y in Measuring.Each(0, result.Height))
        {
            Span<double> a = source.Row(2 * y), b = source.Row(2 * y + 1), row = result.Row(y);
            for (int x = 0; x < row.Length; x++) row[x] = 0.25 * (a[2 * x] + a[2 * x + 1] + b[2 * x] + b[2 * x + 1]);
        }
        return result;
    }

    /// <summary>The index inside [0, size) that position <paramref name="i"/> mirrors to, however far outside it lies.</summary>
    public static int Mirror(int i, int size)
    {
        if (size == 1) return 0;
        int period = 2 * (size - 1);
        i = ((i % period) + period) % period;
        return i < size ? i : period - i;
    }

    private const int RowsPerTask = 32;

    private static void AddScaled(ReadOnlySpan<double> source, double factor, Span<double> target)
    {
        int i = 0, lanes = Vector<double>.Count;
        Vector<double> f = new(factor);
        for (; i <= target.Length - lanes; i += lanes)
            (new Vector<double>(target[i..]) + f * new Vector<double>(source[i..])).CopyTo(target[i..]);
        for (; i < target.Length; i++) target[i] += factor * source[i];
    }
}
