using NetVips;

namespace LatentSharp.Tests.Imaging;

/// <summary>Small pictures made on the spot, so that the tests need no files.</summary>
internal static class SamplePictures
{
    /// <summary>Every 8-bit level occurs; the three channels differ, and no two rows or columns are equal.</summary>
    public static byte[] Rgb(int width, int height)
    {
        var pixels = new byte[width * height * 3];
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
            {
                int at = (y * width + x) * 3;
                (pixels[at], pixels[at + 1], pixels[at + 2]) =
                    ((byte)(x * 255 / Math.Max(width - 1, 1)), (byte)(y * 255 / Math.Max(height - 1, 1)), (byte)((x * 7 + y * 13) & 255));
            }
        return pixels;
    }

    public static Image Vips<T>(T[] pixels, int width, int height, int bands, Enums.BandFormat format, Enums.Interpretation interpretation)
        where T : unmanaged
        => Image.NewFromMemory(pixels, width, height, bands, format).Copy(interpretation: interpretation);

    public static Image VipsRgb(int width, int height)
        => Vips(Rgb(width, height), width, height, 3, Enums.BandFormat.Uchar, Enums.Interpretation.Srgb);

    public static ImageTensor Tensor(int width, int height)
    {
        byte[] pixels = Rgb(width, height);
        var tensor = new ImageTensor(1, height, width);
        for (int c = 0; c < 3; c++)
            for (int i = 0; i < width * height; i++) tensor.Plane(0, c)[i] = ImageTensor.FromByte(pixels[i * 3 + c]);
        return tensor;
    }

    /// <summary>The levels of a tensor, interleaved, rounded as for an 8-bit file.</summary>
    public static byte[] Levels(ImageTensor tensor)
    {
        int plane = tensor.Width * tensor.Height;
        var levels = new byte[plane * 3];
        for (int c = 0; c < 3; c++)
            for (int i = 0; i < plane; i++) levels[i * 3 + c] = ImageTensor.ToByte(tensor.Plane(0, c)[i]);
        return levels;
    }

    public static byte[] Pixel(ImageTensor tensor, int x, int y)
        => [.. Enumerable.Range(0, 3).Select(c => ImageTensor.ToByte(tensor.Plane(0, c)[y * tensor.Width + x]))];
}
