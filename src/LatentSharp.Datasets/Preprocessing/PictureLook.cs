using System.Globalization;
using System.Numerics;

namespace LatentSharp.Datasets.Preprocessing;

/// <summary>
/// What a picture looks like in 64 bits, by which copies are found that were saved again or resized: for each of 8 x 8 places whether the
/// picture is brighter there than to the right of it, of 9 x 8 means of luma.
/// </summary>
internal static class PictureLook
{
    private const int Columns = 9, Rows = 8;

    // More than this have a band in common only when there is next to nothing in it, such as a black sky; such a band tells nothing.
    private const int LargestGroup = 20_000;

    /// <summary>The bits of a picture, as 16 hexadecimal digits.</summary>
    public static string Of(ImageTensor image)
    {
        var means = new double[Columns * Rows];
        for (int y = 0; y < Rows; y++)
            for (int x = 0; x < Columns; x++) means[y * Columns + x] = Mean(image, x, y);
        ulong bits = 0;
        for (int y = 0; y < Rows; y++)
            for (int x = 0; x + 1 < Columns; x++) bits = bits << 1 | (means[y * Columns + x] > means[y * Columns + x + 1] ? 1UL : 0);
        return bits.ToString("x16", CultureInfo.InvariantCulture);
    }

    /// <summary>Pairs that differ in no more than a few bits, and how many, in the order of the first.</summary>
    /// <param name="looks">The bits of each picture.</param>
    /// <param name="most">The most bits in which they may differ.</param>
    /// <param name="limit">The most pairs that are looked for.</param>
    public static IEnumerable<(int One, int Other, int Bits)> Pairs(IReadOnlyList<ulong> looks, int most, int limit)
    {
        // Of most + 1 bands at least one has to be equal, so only those that share a band are compared.
        var found = new SortedSet<(int, int, int)>();
        int bands = most + 1;
        for (int band = 0; band < bands; band++)
        {
            int from = 64 * band / bands, count = 64 * (band + 1) / bands - from;
            ulong mask = ((1UL << count) - 1) << from;
            foreach (IGrouping<ulong, int> alike in Enumerable.Range(0, looks.Count).GroupBy(i => looks[i] & mask))
            {
                int[] members = [.. alike];
                if (members.Length > LargestGroup) continue;
                for (int i = 0; i < members.Length; i++)
                {
                    for (int j = i + 1; j < members.Length; j++)
                    {
                        int bits = BitOperations.PopCount(looks[members[i]] ^ looks[members[j]]);
                        if (bits <= most) found.Add((members[i], members[j], bits));
                        if (found.Count == limit) return found;
                    }
                }
            }
        }
        return found;
    }

    private static double Mean(ImageTensor image, int column, int row)
    {
        int left = image.Width * column / Columns, right = Math.Max(left + 1, image.Width * (column + 1) / Columns);
        int top = image.Height * row / Rows, bottom = Math.Max(top + 1, image.Height * (row + 1) / Rows);
        (right, bottom) = (Math.Min(right, image.Width), Math.Min(bottom, image.Height));
        double sum = 0;
        for (int c = 0; c < 3; c++)
        {
            // Rec. 601.
            double weight = c switch { 0 => 0.299, 1 => 0.587, _ => 0.114 };
            for (int y = top; y < bottom; y++)
                foreach (float value in image.Plane(0, c).Slice(y * image.Width + left, right - left)) sum += weight * value;
        }
        return sum / ((right - left) * (double)(bottom - top));
    }
}
