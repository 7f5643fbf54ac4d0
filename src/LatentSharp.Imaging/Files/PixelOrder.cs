using System.Numerics;
using NetVips;

namespace LatentSharp.Imaging;

/// <summary>Interleaved pixels as decoders give them, to upright colour planes.</summary>
internal static class PixelOrder
{
    /// <summary>The eight EXIF orientations: what was done to show the picture upright.</summary>
    public static string Describe(int orientation) => orientation switch
    {
        2 => "mirrored left to right",
        3 => "rotated by 180 degrees",
        4 => "mirrored top to bottom",
        5 => "mirrored along the main diagonal",
        6 => "rotated by 90 degrees clockwise",
        7 => "mirrored along the other diagonal",
        8 => "rotated by 90 degrees counter-clockwise",
        _ => "as stored",
    };

    /// <summary>
    /// Converts levels to [-1, 1], composites alpha on the background in sRGB-encoded values, and applies the orientation.
    /// </summary>
    /// <param name="pixels">Height x width x bands levels; bands 1 (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGB, alpha).</param>
    /// <param name="image">Gives width, height and bands.</param>
    /// <param name="orientation">The EXIF orientation, 1 to 8.</param>
    /// <param name="background">What shows through, levels of 8 bits; null to leave alpha out.</param>
    /// <param name="value">The value in [-1, 1] of a level.</param>
    /// <param name="alphaStep">The opacity of one level of alpha.</param>
    /// <param name="transparent">Whether any pixel is not fully opaque.</param>
    public static ImageTensor ToTensor<T>(T[] pixels, Image image, int orientation, (byte Red, byte Green, byte Blue)? background,
        Func<T, float> value, float alphaStep, out bool transparent)
        where T : unmanaged, INumber<T>, IMinMaxValue<T>
    {
        int width = image.Width, height = image.Height, bands = image.Bands;
        bool hasAlpha = bands is 2 or 4;
        int colours = bands - (hasAlpha ? 1 : 0);
        (int start, int stepX, int stepY) = Steps(orientation, width, height);
        ImageTensor tensor = orientation >= 5 ? new ImageTensor(1, width, height) : new ImageTensor(1, height, width);
        float[] values = tensor.Values;
        (byte red, byte green, byte blue) = background ?? default;
        float[] under = [ImageTensor.FromByte(red), ImageTensor.FromByte(green), ImageTensor.FromByte(blue)];
        bool composited = hasAlpha && background is not null;
        int seenThrough = 0;
        Parallel.For(0, height, y =>
        {
            bool any = false;
            for (int c = 0; c < ImageTensor.Channels; c++)
            {
                int band = colours == 1 ? 0 : c, from = y * width * bands, to = c * width * height + start + y * stepY;
                for (int x = 0; x < width; x++, from += bands, to += stepX)
                {
                    float v = value(pixels[from + band]);
                    if (composited && pixels[from + colours] != T.MaxValue)
                    {
                        float a = float.CreateTruncating(pixels[from + colours]) * alphaStep;
                        v = a * v + (1f - a) * under[c];
                        any = true;
                    }
                    values[to] = v;
                }
            }
            if (any) Volatile.Write(ref seenThrough, 1);
        });
        transparent = seenThrough == 1;
        return tensor;
    }

    /// <summary>Applies the orientation to levels of one band.</summary>
    public static byte[] Upright(byte[] levels, int width, int height, int orientation)
    {
        (int start, int stepX, int stepY) = Steps(orientation, width, height);
        var result = new byte[levels.Length];
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++) result[start + y * stepY + x * stepX] = levels[y * width + x];
        return result;
    }

    // Where pixel (0, 0) goes, and how far the place moves for a step right and a step down in the stored picture.
    private static (int Start, int StepX, int StepY) Steps(int orientation, int w, int h) => orientation switch
    {
        2 => (w - 1, -1, w),
        3 => (w * h - 1, -1, -w),
        4 => ((h - 1) * w, 1, -w),
        5 => (0, h, 1),
        6 => (h - 1, h, -1),
        7 => (w * h - 1, -h, -1),
        8 => ((w - 1) * h, -h, 1),
        _ => (0, 1, w),
    };
}
