namespace LatentSharp.Autoencoders;

/// <summary>
/// Pictures whose sides are not multiples of the spatial factor are continued by their mirror image on the right and at the bottom;
/// decoding cuts that off again.
/// </summary>
internal static class ReflectionPadding
{
    /// <summary>The smallest multiple of <paramref name="factor"/> that is not below <paramref name="size"/>.</summary>
    public static int RoundUp(int size, int factor) => checked((size + factor - 1) / factor * factor);

    /// <summary>
    /// Writes picture <paramref name="index"/> of a batch, continued to the given size, as [3, height, width], or [4, height, width] with
    /// its opacity.
    /// </summary>
    public static void Pad(ImageTensor image, int index, Span<float> padded, int height, int width)
    {
        for (int c = 0; c < padded.Length / (height * width); c++)
        {
            if (c == ImageTensor.Channels && image.Opacity is null)
            {
                padded[(c * height * width)..].Fill(1);
                break;
            }
            Span<float> plane = Plane(image, index, c);
            for (int y = 0; y < height; y++)
            {
                Span<float> from = plane.Slice(Mirror(y, image.Height) * image.Width, image.Width);
                Span<float> to = padded.Slice((c * height + y) * width, width);
                from.CopyTo(to);
                for (int x = image.Width; x < width; x++) to[x] = from[Mirror(x, image.Width)];
            }
        }
    }

    /// <summary>
    /// Copies the upper left part of [3, height, width], or of [4, height, width] with its opacity, into picture <paramref name="index"/>
    /// of a batch.
    /// </summary>
    public static void Crop(ReadOnlySpan<float> padded, int height, int width, ImageTensor image, int index)
    {
        for (int c = 0; c < padded.Length / (height * width); c++)
            for (int y = 0; y < image.Height; y++)
                padded.Slice((c * height + y) * width, image.Width).CopyTo(Plane(image, index, c)[(y * image.Width)..]);
    }

    private static Span<float> Plane(ImageTensor image, int index, int channel)
        => channel < ImageTensor.Channels ? image.Plane(index, channel)
        : image.Opacity.AsSpan(index * image.Height * image.Width, image.Height * image.Width);

    // 0 1 2 3 | 2 1 0 1 2 ...: the edge itself is not repeated. A picture that is smaller than its padding is mirrored to and fro.
    internal static int Mirror(int position, int size)
    {
        if (size == 1) return 0;
        int period = 2 * (size - 1), inside = position % period;
        return inside < size ? inside : period - inside;
    }
}
