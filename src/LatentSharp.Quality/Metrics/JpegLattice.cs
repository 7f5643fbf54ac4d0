using System.Numerics;
using System.Runtime.Intrinsics;

namespace LatentSharp.Quality.Metrics;

/// <summary>
/// The traces that JPEG leaves: in blocks of 8x8 the coefficients of the discrete cosine transform are whole multiples of steps, and most
/// of the fine ones are exactly zero. Both are so for one alignment of the blocks only, which is how they are told from smooth content.
/// </summary>
/// <param name="X">Where the blocks begin: column 0 to 7.</param>
/// <param name="Y">Where the blocks begin: row 0 to 7.</param>
/// <param name="Significance">How far the share of zeros at this alignment stands out of that at the other 63, in their deviations.</param>
/// <param name="Quality">The quality, 1 to 100 on libjpeg's scale, whose steps are nearest to the measured ones; null when no steps were
/// found.</param>
/// <param name="OnSteps">Share of the coefficients that lie on the steps found, [0, 1].</param>
/// <param name="Blockiness">Mean jump across the borders of blocks over that inside them; 1 when borders cannot be seen.</param>
/// <param name="Zeros">Share of the coefficients of structured blocks that are zero at this alignment, [0, 1].</param>
internal sealed record JpegLattice(int X, int Y, double Significance, double? Quality, double OnSteps, double Blockiness, double Zeros)
{
    /// <summary>The smallest side of a picture that is judged.</summary>
    public const int MinimumSide = 64;

    private const int N = 8, BlocksForAlignment = 160, BlocksForSteps = 3000, LargestStep = 255, LeastCoefficients = 20;

    private const double MostFine = 0.6;

    // Steps that matter are 6 and more; what is smaller than half of that is noise around zero.
    private const double LeastCoefficient = 3;

    // Rounding pixels moves a coefficient by some 0.3.
    private const double Zero = 0.6;

    // ITU-T T.81, table K.1 (luminance), row by row.
    private static readonly int[] Luminance =
    [
        16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
        18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100,
            103, 99,
    ];

    private static readonly double[] Cosines = [.. Enumerable.Range(0, N * N).Select(i =>
        (i / N == 0 ? Math.Sqrt(1.0 / N) : Math.Sqrt(2.0 / N)) * Math.Cos((2 * (i % N) + 1) * (i / N) * Math.PI / (2 * N)))];

    private static readonly double[] Transposed = [.. Enumerable.Range(0, N * N).Select(i => Cosines[i % N * N + i / N])];

    /// <summary>Looks at a luma plane in 8-bit levels.</summary>
    /// <exception cref="LatentSharp.LatentSharpException">The plane is smaller than <see cref="MinimumSide"/>.</exception>
    public static JpegLattice Of(Plane luma)
    {
        ArgumentNullException.ThrowIfNull(luma);
        luma.RequireAtLeast(MinimumSide, "The search for JPEG blocks");
        double[] zeros = new double[N * N];
        Parallel.For(0, zeros.Length, Measuring.Rows, phase => zeros[phase] = ShareOfZeros(luma, phase % N, phase / N));
        int best = Array.IndexOf(zeros, zeros.Max());
        double mean = zeros.Where((_, i) => i != best).Average();
        double deviation = Math.Sqrt(zeros.Where((_, i) => i != best).Average(z => (z - mean) * (z - mean)));
        double significance = (zeros[best] - mean) / Math.Max(deviation, 0.004);
        (int x, int y) = (best % N, best / N);
        (double? quality, double onSteps) = Steps(luma, x, y);
        return new JpegLattice(x, y, significance, quality, onSteps, Math.Max(Borders(luma, x, true), Borders(luma, y, false)),
            zeros[best]);
    }

    /// <summary>
    /// The deviation in levels of what rounding leaves in the fine coefficients of a picture of rough texture whose blocks begin at its
    /// corner, as they do in a file of JPEG: their median step over the root of 12. Null where most of them lie on no steps, or are zero.
    /// </summary>
    public static double? FineRounding(Plane luma)
    {
        (IReadOnlyList<(int Frequency, int Step)> steps, int tried, _) = StepsOf(luma, 0, 0,
            i => i / N + i % N is >= N - 1 and <= N + 2);
        return tried > 0 && steps.Count >= MostFine * tried
            ? Distribution.Percentile([.. steps.Select(s => (double)s.Step).Order()], 0.5) / Math.Sqrt(12) : null;
    }

    private static double ShareOfZeros(Plane luma, int left, int top)
    {
        int columns = (luma.Width - left) / N, rows = (luma.Height - top) / N;
        int stride = Math.Max(1, (int)Math.Sqrt((double)columns * rows / BlocksForAlignment));
        Span<double> block = stackalloc double[N * N];
        long zero = 0, all = 0;
        for (int r = stride / 2; r < rows; r += stride)
            for (int c = stride / 2; c < columns; c += stride)
            {
                Transform(luma, left + c * N, top + r * N, block);
                if (Math.Abs(block[1]) + Math.Abs(block[N]) + Math.Abs(block[N + 1]) < 4) continue;      // flat: zeros at any alignment
                for (int i = 0; i < N * N; i += 4)
                    zero += BitOperations.PopCount(
                        Vector256.LessThan(Vector256.Abs(Vector256.Create(block.Slice(i, 4))), Vector256.Create(Zero))
                        .ExtractMostSignificantBits());
                zero -= (Math.Abs(block[0]) < Zero ? 1 : 0) + (Math.Abs(block[1]) < Zero ? 1 : 0);
                all += N * N - 2;
            }
        return all == 0 ? 0 : (double)zero / all;
    }

    // The quality is that of the table nearest to all steps.
    private static (double? Quality, double OnSteps) Steps(Plane luma, int left, int top)
    {
        (IReadOnlyList<(int Frequency, int Step)> steps, int tried, double on) = StepsOf(luma, left, top, i => i / N + i % N <= 5);
        if (tried == 0 || steps.Count < Math.Min(3, tried) || steps.Count < 0.4 * tried) return (null, tried == 0 ? 0 : on / tried);
        double scale = Distribution.Percentile([.. steps.Select(s => 100.0 * s.Step / Luminance[s.Frequency]).Order()], 0.5);
        double quality = scale >= 100 ? 5000 / scale : (200 - scale) / 2;
        return (Math.Clamp(quality, 1, 100), on / tried);
    }

    // For each of some frequencies the step on which its coefficients lie best, without believing in any table: the steps that were found,
    // at how many frequencies one was looked for, and the sum of the shares that lie on them.
    private static (IReadOnlyList<(int Frequency, int Step)> Steps, int Tried, double OnSteps) StepsOf(Plane luma, int left, int top,
        Func<int, bool> at)
    {
        int columns = (luma.Width - left) / N, rows = (luma.Height - top) / N;
        int stride = Math.Max(1, (int)Math.Ceiling(Math.Sqrt((double)columns * rows / BlocksForSteps)));
        List<double>[] coefficients = [.. Enumerable.Range(0, N * N).Select(_ => new List<double>())];
        Span<double> block = stackalloc double[N * N];
        for (int r = 0; r < rows; r += stride)
            for (int c = 0; c < columns; c += stride)
            {
                Transform(luma, left + c * N, top + r * N, block);
                for (int i = 1; i < N * N; i++)
                    if (at(i) && Math.Abs(block[i]) >= LeastCoefficient) coefficients[i].Add(Math.Abs(block[i]));
            }
        List<(int, int)> steps = [];
        double on = 0;
        int tried = 0;
        for (int i = 1; i < N * N; i++)
        {
            if (coefficients[i].Count < LeastCoefficients) continue;
            tried++;
            (int step, double share) = BestStep(coefficients[i]);
            on += share;
            if (step > 1 && share >= 0.6) steps.Add((i, step));
        }
        return (steps, tried, on);
    }

    private static (int Step, double Share) BestStep(List<double> values)
    {
        const double noise = 0.7;       // of a coefficient, from rounding and cutting off pixels
        int bestStep = 1, lanes = Vector<double>.Count;
        double bestGain = 0;
        // Filled up with zeros, which lie on every step; what they add is taken off again.
        double[] padded = new double[(values.Count + lanes - 1) / lanes * lanes];
        values.CopyTo(padded);
        for (int step = 4; step <= LargestStep; step++)
        {
            Measuring.ThrowIfCancelled();
            double height = step / (noise * 2.5066);
            Vector<double> sum = Vector<double>.Zero, product = Vector<double>.One;
            for (int i = 0; i < padded.Length; i += lanes)
            {
                var v = new Vector<double>(padded, i);
                Vector<double> r = v - step * Vector.Round(v / step);
                product *= new Vector<double>(0.04) + height * Vector.Exp(r * r * (-1 / (2 * noise * noise)));
                // One logarithm for many: each factor lies between 0.04 and 146, so 32 of them are far from either end of float64.
                if (i / lanes % 32 != 31) continue;
                sum += Vector.Log(product);
                product = Vector<double>.One;
            }
            sum += Vector.Log(product);
            double gain = Vector.Sum(sum) - (padded.Length - values.Count) * Math.Log(0.04 + height);
            if (gain > bestGain) (bestGain, bestStep) = (gain, step);
        }
        double bestShare = bestGain > 0
            ? values.Count(v => Math.Abs(v - bestStep * Math.Round(v / bestStep)) < 2.2 * noise) / (double)values.Count : 0;
        // By chance a share of 3.1 / step lies that near to a multiple.
        return bestShare > 1.6 * Math.Min(1, 4.4 * noise / bestStep) ? (bestStep, bestShare) : (1, 0);
    }

    private static double Borders(Plane luma, int phase, bool vertical)
    {
        double border = 0, inside = 0;
        long borders = 0, insides = 0;
        int length = vertical ? luma.Width : luma.Height, across = vertical ? luma.Height : luma.Width;
        for (int k = 0; k < across; k += 2)
        {
            Measuring.ThrowIfCancelled();
            for (int i = 2; i < length - 1; i++)
            {
                double a = At(i - 2), b = At(i - 1), c = At(i), d = At(i + 1);
                double jump = Math.Min(Math.Abs(c - b - 0.5 * (b - a + d - c)), 20);
                if ((i - phase) % N == 0) (border, borders) = (border + jump, borders + 1);
                else (inside, insides) = (inside + jump, insides + 1);

                double At(int position) => vertical ? luma[k, position] : luma[position, k];
            }
        }
        return borders == 0 || inside <= 0 ? 1 : (border / borders) / Math.Max(inside / insides, 0.05);
    }

    // Eight columns at once, as two vectors: first the rows of the block, each value times the cosines of its column, then the columns.
    internal static void Transform(Plane luma, int left, int top, Span<double> block)
    {
        Span<double> half = stackalloc double[N * N];
        for (int y = 0; y < N; y++) Combine(luma.Row(top + y).Slice(left, N), Transposed, half.Slice(y * N, N));
        for (int v = 0; v < N; v++) Combine(Cosines.AsSpan(v * N, N), half, block.Slice(v * N, N));
    }

    // The rows of a matrix of 8x8, each times its factor, added up.
    private static void Combine(ReadOnlySpan<double> factors, ReadOnlySpan<double> matrix, Span<double> sum)
    {
        Vector256<double> low = Vector256<double>.Zero, high = Vector256<double>.Zero;
        for (int i = 0; i < N; i++)
        {
            low += factors[i] * Vector256.Create(matrix.Slice(i * N, N / 2));
            high += factors[i] * Vector256.Create(matrix.Slice(i * N + N / 2, N / 2));
        }
        low.CopyTo(sum);
        high.CopyTo(sum[(N / 2)..]);
    }
}
