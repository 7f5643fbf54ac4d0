namespace LatentSharp.Datasets.Preprocessing;

/// <summary>
/// Pillow's resize of pictures of 8 bits: columns first, then rows, each with weights in 22-bit fixed point and rounded to a level; the
/// same levels (src/libImaging/Resample.c). Only the bucket is computed.
/// </summary>
internal static class PillowResampling
{
    private const int Precision = 32 - 8 - 2;

    /// <summary>Resizes and cuts.</summary>
    public static Pixels Apply(Pixels picture, Placement placement)
    {
        (Extent size, Extent bucket) = (picture.Size, placement.Bucket);
        Taps columns = Taps.Of(placement.Filter, size.Width, placement.Resized.Width, placement.Left, bucket.Width),
            rows = Taps.Of(placement.Filter, size.Height, placement.Resized.Height, placement.Top, bucket.Height);
        int first = rows.Starts[0], last = rows.Starts.Zip(rows.Counts, (s, n) => s + n).Max();
        var levels = new byte[3 * bucket.Area];
        var between = new byte[(last - first) * bucket.Width];
        var sums = new int[bucket.Width];
        for (int c = 0; c < 3; c++)
        {
            for (int y = first; y < last; y++)
            {
                ReadOnlySpan<byte> from = picture.Levels.AsSpan((c * size.Height + y) * size.Width, size.Width);
                Span<byte> to = between.AsSpan((y - first) * bucket.Width, bucket.Width);
                for (int x = 0; x < to.Length; x++)
                {
                    int sum = 1 << (Precision - 1);
                    ReadOnlySpan<int> weights = columns.WeightsOf(x);
                    ReadOnlySpan<byte> taps = from.Slice(columns.Starts[x], weights.Length);
                    for (int i = 0; i < weights.Length; i++) sum += taps[i] * weights[i];
                    to[x] = Level(sum);
                }
            }
            for (int y = 0; y < bucket.Height; y++)
            {
                sums.AsSpan().Fill(1 << (Precision - 1));
                ReadOnlySpan<int> weights = rows.WeightsOf(y);
                for (int i = 0; i < weights.Length; i++)
                {
                    ReadOnlySpan<byte> from = between.AsSpan((rows.Starts[y] - first + i) * bucket.Width, bucket.Width);
                    int weight = weights[i];
                    for (int x = 0; x < sums.Length; x++) sums[x] += from[x] * weight;
                }
                Span<byte> to = levels.AsSpan((c * bucket.Height + y) * bucket.Width, bucket.Width);
                for (int x = 0; x < to.Length; x++) to[x] = Level(sums[x]);
            }
        }
        return new Pixels(levels, bucket);
    }

    private static byte Level(int sum) => (byte)Math.Clamp(sum >> Precision, 0, 255);

    /// <summary>Which source pixels make each of some consecutive result pixels, with their weights.</summary>
    private sealed record Taps(int[] Starts, int[] Counts, int[] Weights, int Stride)
    {
        public ReadOnlySpan<int> WeightsOf(int i) => Weights.AsSpan(i * Stride, Counts[i]);

        // Resample.c's precompute_coeffs and normalize_coeffs_8bpc. A side that keeps its length passes as it is there, and here: each
        // pixel is its own only tap.
        public static Taps Of(ResampleFilter filter, int from, int to, int first, int count)
        {
            double scale = (double)from / to, wide = from == to ? 0 : Math.Max(scale, 1), support = Radius(filter) * wide;
            int stride = (int)Math.Ceiling(support) * 2 + 1;
            int[] starts = new int[count], counts = new int[count], weights = new int[count * stride];
            var exact = new double[stride];
            for (int i = 0; i < count; i++)
            {
                if (from == to)
                {
                    (starts[i], counts[i], weights[i]) = (first + i, 1, 1 << Precision);
                    continue;
                }
                double centre = (first + i + 0.5) * scale;
                int start = Math.Max(0, (int)(centre - support + 0.5)), end = Math.Min(from, (int)(centre + support + 0.5));
                double sum = 0;
                for (int x = 0; x < end - start; x++) sum += exact[x] = Value(filter, (x + start - centre + 0.5) / wide);
                for (int x = 0; x < end - start; x++)
                {
                    double weight = exact[x] / sum * (1 << Precision);
                    weights[i * stride + x] = (int)(weight < 0 ? weight - 0.5 : weight + 0.5);
                }
                (starts[i], counts[i]) = (start, end - start);
            }
            return new Taps(starts, counts, weights, stride);
        }

        private static double Radius(ResampleFilter filter)
            => filter switch { ResampleFilter.Lanczos => 3, ResampleFilter.Bilinear => 1, _ => 2 };

        private static double Value(ResampleFilter filter, double x)
        {
            if (filter == ResampleFilter.Lanczos) return x is >= -3 and < 3 ? Sinc(x) * Sinc(x / 3) : 0;
            const double A = -0.5;      // Pillow's bicubic
            x = Math.Abs(x);
            if (filter == ResampleFilter.Bilinear) return x < 1 ? 1 - x : 0;
            return x < 1 ? ((A + 2) * x - (A + 3)) * x * x + 1 : x < 2 ? (((x - 5) * x + 8) * x - 4) * A : 0;
        }

        private static double Sinc(double x) => x == 0 ? 1 : Math.Sin(x * Math.PI) / (x * Math.PI);
    }
}
