namespace LatentSharp.Datasets.Preprocessing;

/// <summary>
/// OpenCV's INTER_AREA for pictures that become smaller: every result pixel is the mean of what it covers, in float32, rounded once, to
/// even (modules/imgproc/src/resize.cpp). Only the bucket is computed.
/// </summary>
internal static class AreaResampling
{
    // Overlaps smaller than this are left out, as there.
    private const double Least = 1e-3;

    /// <summary>Resizes and cuts.</summary>
    public static Pixels Apply(Pixels picture, Placement placement)
    {
        (Extent size, Extent resized, Extent bucket) = (picture.Size, placement.Resized, placement.Bucket);
        // Halves of both sides are added up whole and rounded up at the half, unlike all others.
        bool halves = size.Width == 2 * resized.Width && size.Height == 2 * resized.Height;
        Overlap[] columns = Overlaps(size.Width, resized.Width, placement.Left, bucket.Width);
        var levels = new byte[3 * bucket.Area];
        float[] across = new float[bucket.Width], sums = new float[bucket.Width];
        for (int c = 0; c < 3; c++)
        {
            for (int y = 0; y < bucket.Height; y++)
            {
                Array.Clear(sums);
                foreach (Overlap row in Overlaps(size.Height, resized.Height, placement.Top + y, 1))
                {
                    Array.Clear(across);
                    ReadOnlySpan<byte> from = picture.Levels.AsSpan((c * size.Height + row.Source) * size.Width, size.Width);
                    foreach (Overlap column in columns) across[column.Result] += from[column.Source] * column.Share;
                    for (int x = 0; x < sums.Length; x++) sums[x] += across[x] * row.Share;
                }
                Span<byte> to = levels.AsSpan((c * bucket.Height + y) * bucket.Width, bucket.Width);
                for (int x = 0; x < to.Length; x++)
                    to[x] = (byte)Math.Clamp(halves ? MathF.Floor(sums[x] + 0.5f) : MathF.Round(sums[x]), 0f, 255f);
            }
        }
        return new Pixels(levels, bucket);
    }

    // resize.cpp's computeResizeAreaTab, for the results from first on.
    private static Overlap[] Overlaps(int from, int to, int first, int count)
    {
        double scale = (double)from / to;
        var overlaps = new List<Overlap>((int)(count * (scale + 2)));
        for (int i = 0; i < count; i++)
        {
            double begin = (first + i) * scale, end = begin + scale, cell = Math.Min(scale, from - begin);
            int last = Math.Min((int)Math.Floor(end), from - 1), start = Math.Min((int)Math.Ceiling(begin), last);
            if (start - begin > Least) overlaps.Add(new Overlap(start - 1, i, (float)((start - begin) / cell)));
            for (int source = start; source < last; source++) overlaps.Add(new Overlap(source, i, (float)(1 / cell)));
            if (end - last > Least) overlaps.Add(new Overlap(last, i, (float)(Math.Min(Math.Min(end - last, 1), cell) / cell)));
        }
        return [.. overlaps];
    }

    /// <summary>The share that a source pixel has in a result.</summary>
    private readonly record struct Overlap(int Source, int Result, float Share);
}
