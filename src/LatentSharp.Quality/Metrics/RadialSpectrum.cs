using System.Numerics;

namespace LatentSharp.Quality.Metrics;

/// <summary>
/// Power spectra of a reference and a picture against spatial frequency, averaged over directions and over half-overlapping Hann-windowed
/// tiles (Welch's method), with the coherence between the two: 1 where the picture is a filtered copy of the reference, 0 where it has
/// nothing to do with it.
/// </summary>
/// <param name="Frequencies">The middle of every band in cycles per pixel, (0, 0.5].</param>
/// <param name="Reference">Power of the reference per band.</param>
/// <param name="Picture">Power of the picture per band.</param>
/// <param name="Gain">Real part of the transfer function from reference to picture per band: 1 = unchanged.</param>
/// <param name="Coherence">Magnitude-squared coherence per band, [0, 1].</param>
public sealed record RadialSpectrum(double[] Frequencies, double[] Reference, double[] Picture, double[] Gain, double[] Coherence)
{
    /// <summary>The smallest side of a picture that has a spectrum.</summary>
    public const int MinimumSide = 32;

    private const int LargestTile = 128;

    /// <summary>Measures luma planes.</summary>
    /// <exception cref="LatentSharp.LatentSharpException">The sizes differ or are smaller than <see cref="MinimumSide"/>.</exception>
    public static RadialSpectrum Of(Plane reference, Plane picture)
    {
        Plane.RequireSameSize(reference, picture);
        reference.RequireAtLeast(MinimumSide, "The power spectrum");
        int tile = Math.Min(LargestTile, 1 << BitOperations.Log2((uint)Math.Min(reference.Height, reference.Width)));
        double[] window = new double[tile];
        for (int i = 0; i < tile; i++) window[i] = 0.5 - 0.5 * Math.Cos(2 * Math.PI * (i + 0.5) / tile);
        FourierTransform transform = new(tile);
        int[] tops = Starts(reference.Height, tile), lefts = Starts(reference.Width, tile);
        double[][] parts = new double[tops.Length * lefts.Length][];
        Parallel.For(0, parts.Length, Measuring.Rows,
            i => parts[i] = TileSums(reference, picture, tops[i / lefts.Length], lefts[i % lefts.Length], window, transform));

        int bands = tile / 2;
        double[] sums = new double[4 * bands];
        foreach (double[] part in parts)
            for (int i = 0; i < sums.Length; i++) sums[i] += part[i];
        double[] frequencies = new double[bands], gain = new double[bands], coherence = new double[bands];
        double[] a = sums[..bands], b = sums[bands..(2 * bands)];
        for (int i = 0; i < bands; i++)
        {
            frequencies[i] = (i + 1.0) / tile;
            double re = sums[2 * bands + i], im = sums[3 * bands + i];
            gain[i] = a[i] > 0 ? re / a[i] : 0;
            coherence[i] = a[i] > 0 && b[i] > 0 ? (re * re + im * im) / (a[i] * b[i]) : 0;
        }
        return new RadialSpectrum(frequencies, a, b, gain, coherence);
    }

    /// <summary>
    /// 10 log10 of picture power over reference power summed over the bands in [<paramref name="from"/>, <paramref name="to"/>] cycles per
    /// pixel; NaN when the reference is empty there.
    /// </summary>
    public double PowerRatioDb(double from, double to)
    {
        double a = 0, b = 0;
        for (int i = 0; i < Frequencies.Length; i++)
            if (Frequencies[i] >= from && Frequencies[i] <= to) (a, b) = (a + Reference[i], b + Picture[i]);
        return a > 0 ? 10 * Math.Log10(Math.Max(b, 1e-300) / a) : double.NaN;
    }

    private static int[] Starts(int size, int tile)
    {
        int step = tile / 2, count = (size - tile) / step + 1;
        List<int> starts = [.. Enumerable.Range(0, count).Select(i => i * step)];
        if (starts[^1] + tile < size) starts.Add(size - tile);
        return [.. starts];
    }

    private static double[] TileSums(Plane reference, Plane picture, int top, int left, double[] window, FourierTransform transform)
    {
        int n = window.Length, bands = n / 2;
        double meanA = 0, meanB = 0;
        for (int y = 0; y < n; y++)
            for (int x = 0; x < n; x++) (meanA, meanB) = (meanA + reference[top + y, left + x], meanB + picture[top + y, left + x]);
        (meanA, meanB) = (meanA / (n * n), meanB / (n * n));
        // Two real signals share one complex transform: A = (Z[k] + conj Z[-k]) / 2, B = (Z[k] - conj Z[-k]) / 2i.
        Complex[] z = new Complex[n * n];
        for (int y = 0; y < n; y++)
            for (int x = 0; x < n; x++)
            {
                double w = window[y] * window[x];
                z[y * n + x] = new Complex((reference[top + y, left + x] - meanA) * w, (picture[top + y, left + x] - meanB) * w);
            }
        transform.TransformSquare(z);
        double[] sums = new double[4 * bands];
        for (int y = 0; y < n; y++)
            for (int x = 0; x < n; x++)
            {
                int fy = y <= n / 2 ? y : y - n, fx = x <= n / 2 ? x : x - n;
                int band = (int)Math.Round(Math.Sqrt((double)fy * fy + (double)fx * fx)) - 1;
                if (band < 0 || band >= bands) continue;
                Complex p = z[y * n + x], q = Complex.Conjugate(z[(n - y) % n * n + (n - x) % n]);
                Complex a = (p + q) * 0.5, d = (p - q) * 0.5, b = new(d.Imaginary, -d.Real);
                sums[band] += a.Real * a.Real + a.Imaginary * a.Imaginary;
                sums[bands + band] += b.Real * b.Real + b.Imaginary * b.Imaginary;
                sums[2 * bands + band] += a.Real * b.Real + a.Imaginary * b.Imaginary;
                sums[3 * bands + band] += a.Real * b.Imaginary - a.Imaginary * b.Real;
            }
        return sums;
    }
}
