using System.Globalization;

namespace LatentSharp.Datasets.Preprocessing;

/// <summary>
/// What a picture looks like in 64 bits, by which copies are found that were saved again or resized: for each of 8 x 8 places whether the
/// picture is brighter there than to the right of it, of 9 x 8 means of luma.
/// </summary>
internal static class PictureLook
{
    private const int Columns = 9, Rows = 8;

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
