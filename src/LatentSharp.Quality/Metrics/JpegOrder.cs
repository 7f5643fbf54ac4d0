namespace LatentSharp.Quality.Metrics;

/// <summary>
/// In which order of the channels a picture was once saved as a JPEG. JPEG rounds the luma Y = 0.299 R + 0.587 G + 0.114 B of blocks of 8x8
/// to whole steps; the sum of exchanged channels with these weights does not lie on steps, so that the order is told without any notion of
/// natural colours.
/// </summary>
/// <param name="Order">The channels of the picture that were red, green and blue then: [0, 1, 2] for the picture as it is.</param>
/// <param name="Lead">How much better the coefficients lie on steps in this order than as the picture is, in nats per coefficient.</param>
/// <param name="Coefficients">How many coefficients that was measured on.</param>
internal sealed record JpegOrder(int[] Order, double Lead, int Coefficients)
{
    private const int N = 8, LargestStep = 40, LeastCoefficients = 20, MostBlocks = 3000;

    // Rounding red, green and blue moves a coefficient of the luma by 0.2; a second JPEG and another decoder's rounding by a little more.
    private const double Noise = 0.4, LeastCoefficient = 1.5;

    // Where chroma is coarse, only the low frequencies differ between the orders.
    private static readonly int[] Frequencies = [.. Enumerable.Range(1, N * N - 1).Where(i => i / N + i % N <= 3)];

    private static readonly double[] Weights = [0.299, 0.587, 0.114];

    private static readonly int[][] Orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

    /// <summary>The likeliest order; the picture as it is where no traces of JPEG are found.</summary>
    /// <param name="planes">The picture.</param>
    /// <param name="x">The column at which its blocks begin.</param>
    /// <param name="y">The row at which its blocks begin.</param>
    public static JpegOrder Of(PicturePlanes planes, int x, int y)
    {
        List<double[]>[] coefficients = LumaParts(planes, x, y);
        double[] gains = new double[Orders.Length];
        Parallel.For(0, Orders.Length, Measuring.Rows, o => gains[o] = Frequencies.Sum(f => Gain(coefficients[f], Orders[o])));
        int best = Array.IndexOf(gains, gains.Max()), count = Frequencies.Sum(f => coefficients[f].Count);
        return new JpegOrder(Orders[best], count == 0 ? 0 : (gains[best] - gains[0]) / count, count);
    }

    // Of each frequency the coefficients of red, green and blue, block by block. Blocks that are cut off at black or white are left out.
    private static List<double[]>[] LumaParts(PicturePlanes planes, int left, int top)
    {
        List<double[]>[] coefficients = [.. Enumerable.Range(0, N * N).Select(_ => new List<double[]>())];
        int columns = (planes.Width - left) / N, rows = (planes.Height - top) / N;
        int stride = Math.Max(1, (int)Math.Ceiling(Math.Sqrt((double)columns * rows / MostBlocks)));
        double[][] blocks = [new double[N * N], new double[N * N], new double[N * N]];
        for (int r = 0; r < rows; r += stride)
            for (int c = 0; c < columns; c += stride)
            {
                Measuring.ThrowIfCancelled();
                if (IsCutOff(planes, left + c * N, top + r * N)) continue;
                for (int channel = 0; channel < 3; channel++)
                    JpegLattice.Transform(planes[channel], left + c * N, top + r * N, blocks[channel]);
                foreach (int f in Frequencies) coefficients[f].Add([blocks[0][f], blocks[1][f], blocks[2][f]]);
            }
        return coefficients;
    }

    private static bool IsCutOff(PicturePlanes planes, int left, int top)
    {
        for (int channel = 0; channel < 3; channel++)
            for (int y = top; y < top + N; y++)
                foreach (double level in planes[channel].Row(y).Slice(left, N))
                    if (level is <= 0 or >= 255) return true;
        return false;
    }

    // By how many nats the best step explains the coefficients better than none.
    private static double Gain(List<double[]> channels, int[] order)
    {
        double[] luma = [.. channels.Select(c => Math.Abs(Weights[0] * c[order[0]] + Weights[1] * c[order[1]] + Weights[2] * c[order[2]]))
            .Where(v => v >= LeastCoefficient)];
        if (luma.Length < LeastCoefficients) return 0;
        double best = 0;
        for (int step = 2; step <= LargestStep; step++)
        {
            Measuring.ThrowIfCancelled();
            double height = 0.96 * step / (Noise * Math.Sqrt(2 * Math.PI)), gain = 0;
            foreach (double v in luma)
            {
                double rest = v - step * Math.Round(v / step);
                gain += Math.Log(0.04 + height * Math.Exp(-rest * rest / (2 * Noise * Noise)));
            }
            best = Math.Max(best, gain);
        }
        return best;
    }
}
