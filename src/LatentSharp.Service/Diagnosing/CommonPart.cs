using System.Globalization;
using LatentSharp.Quality.Metrics;

namespace LatentSharp.Service.Diagnosing;

/// <summary>
/// The part that a picture and its reference have in common. Programs whose autoencoders divide sizes by 8, 16 or 32 cut what is left over,
/// at one side or at both, or fill it up: such a pair differs by a few pixels.
/// </summary>
/// <param name="Reference">The reference, cut.</param>
/// <param name="Picture">The picture, cut to the same size.</param>
/// <param name="X">The columns that were cut off at the left of the picture.</param>
/// <param name="Y">The rows that were cut off at the top of the picture.</param>
/// <param name="Note">What was cut; null for nothing.</param>
internal sealed record CommonPart(ImageTensor Reference, ImageTensor Picture, int X, int Y, string? Note)
{
    // The largest factor of a known autoencoder is 32.
    private const int Most = 32;

    private const int Samples = 4000;

    /// <summary>Finds where the two fit best; pairs that differ by 32 pixels and more, or not at all, stay as they are.</summary>
    public static CommonPart Of(ImageTensor reference, ImageTensor picture)
    {
        int down = reference.Height - picture.Height, across = reference.Width - picture.Width;
        if (down == 0 && across == 0 || Math.Abs(down) >= Most || Math.Abs(across) >= Most)
            return new CommonPart(reference, picture, 0, 0, null);
        int height = Math.Min(reference.Height, picture.Height), width = Math.Min(reference.Width, picture.Width);
        Plane before = PicturePlanes.Of(reference).Luma, after = PicturePlanes.Of(picture).Luma;
        int stride = Math.Max(1, (int)Math.Sqrt((double)height * width / Samples));
        (double least, int top, int left) = (double.PositiveInfinity, 0, 0);
        for (int y = 0; y <= Math.Abs(down); y++)
            for (int x = 0; x <= Math.Abs(across); x++)
                if (Difference(y, x) is var difference && difference < least) (least, top, left) = (difference, y, x);
        (int refTop, int picTop) = down >= 0 ? (top, 0) : (0, top);
        (int refLeft, int picLeft) = across >= 0 ? (left, 0) : (0, left);
        return new CommonPart(Cut(reference, refTop, refLeft, height, width), Cut(picture, picTop, picLeft, height, width), picLeft, picTop,
            string.Create(CultureInfo.InvariantCulture,
                $"The reference has {reference.Width} x {reference.Height} pixels, the picture {picture.Width} x {picture.Height}: "
                    + $"the {width} x {height} pixels in which they fit best were compared, "
                    + $"from column {refLeft}, row {refTop} of the reference."));

        double Difference(int y, int x)
        {
            (int by, int py) = down >= 0 ? (y, 0) : (0, y);
            (int bx, int px) = across >= 0 ? (x, 0) : (0, x);
            double sum = 0;
            for (int r = stride / 2; r < height; r += stride)
                for (int c = stride / 2; c < width; c += stride) sum += Math.Abs(before[by + r, bx + c] - after[py + r, px + c]);
            return sum;
        }
    }

    private static ImageTensor Cut(ImageTensor image, int top, int left, int height, int width)
    {
        if (image.Height == height && image.Width == width) return image;
        ImageTensor part = new(1, height, width);
        for (int c = 0; c < ImageTensor.Channels; c++)
            for (int y = 0; y < height; y++)
                image.Plane(0, c).Slice((top + y) * image.Width + left, width).CopyTo(part.Plane(0, c)[(y * width)..]);
        return part;
    }
}
