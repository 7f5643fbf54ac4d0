using LatentSharp.Tensors;

namespace LatentSharp;

public sealed partial class ImageTensor
{
    /// <summary>A picture from the pixels of a bitmap, row by row from the top.</summary>
    /// <param name="pixels">At least <paramref name="height"/> - 1 strides and one row of pixels.</param>
    /// <param name="width">Pixels in a row.</param>
    /// <param name="height">Rows.</param>
    /// <param name="format">The order of the bytes.</param>
    /// <param name="stride">Bytes from one row to the next; 0 when rows follow each other without a gap.</param>
    /// <param name="background">What shows through where alpha is below 255, composited on the encoded values as browsers do it; null for
    /// white. Opaque formats ignore it.</param>
    /// <returns>[1, 3, H, W]; a level is <c>level / 127.5 - 1</c>.</returns>
    /// <exception cref="ArgumentException">A size is not positive, the stride is shorter than a row, or there are too few
    /// bytes.</exception>
    public static ImageTensor FromPixels(ReadOnlySpan<byte> pixels, int width, int height, PixelFormat format, int stride = 0,
        (byte Red, byte Green, byte Blue)? background = null)
    {
        PixelOrderOfBytes order = PixelOrderOfBytes.Of(format);
        var image = new ImageTensor(1, height, width);
        stride = PixelRowLayout.Stride(width, height, order.Size, stride, pixels.Length, "bytes", nameof(pixels));
        (byte red, byte green, byte blue) = background ?? (255, 255, 255);
        ReadOnlySpan<float> under = [FromByte(red), FromByte(green), FromByte(blue)];
        for (int channel = 0; channel < Channels; channel++)
        {
            Span<float> plane = image.Plane(0, channel);
            for (int y = 0; y < height; y++)
            {
                ReadOnlySpan<byte> row = pixels.Slice(y * stride, width * order.Size);
                Span<float> to = plane.Slice(y * width, width);
                for (int x = 0, at = order.Place(channel); x < width; x++, at += order.Size) to[x] = FromByte(row[at]);
                if (order.Alpha < 0) continue;
                for (int x = 0, at = order.Alpha; x < width; x++, at += order.Size)
                {
                    float opacity = row[at] / 255f;
                    if (row[at] < 255) to[x] = opacity * to[x] + (1 - opacity) * under[channel];
                }
            }
        }
        return image;
    }

    /// <summary>A picture from float pixels.</summary>
    /// <param name="pixels">The values; for planar ones three planes, each of <paramref name="height"/> strides (the last may end with its
    /// last row).</param>
    /// <param name="width">Pixels in a row.</param>
    /// <param name="height">Rows.</param>
    /// <param name="format">Interleaved or planar.</param>
    /// <param name="values">What the values mean.</param>
    /// <param name="stride">Values from one row to the next; 0 when rows follow each other without a gap.</param>
    /// <returns>[1, 3, H, W] in [-1, 1]; values outside the range are kept.</returns>
    /// <exception cref="ArgumentException">A size is not positive, the stride is shorter than a row, or there are too few
    /// values.</exception>
    public static ImageTensor FromPixels(ReadOnlySpan<float> pixels, int width, int height, FloatPixelFormat format,
        PixelValues values = PixelValues.Symmetric, int stride = 0)
    {
        var image = new ImageTensor(1, height, width);
        var layout = new PixelRowLayout(format, width, height, stride, pixels.Length, nameof(pixels));
        (float scale, float shift) = Scale(values);
        for (int channel = 0; channel < Channels; channel++)
        {
            Span<float> plane = image.Plane(0, channel);
            for (int y = 0; y < height; y++)
                for (int x = 0, at = layout.Start(channel, y); x < width; x++, at += layout.Step)
                    plane[y * width + x] = values == PixelValues.Symmetric ? pixels[at] : pixels[at] * scale + shift;
        }
        return image;
    }

    /// <summary>
    /// Writes one picture as the pixels of a bitmap, row by row from the top: values are clamped to [-1, 1], scaled to [0, 255] and rounded
    /// to nearest, ties to even.
    /// </summary>
    /// <remarks>Formats with alpha receive <see cref="Opacity"/>, or 255 where there is none; formats without it receive the colours as
    /// they are.</remarks>
    /// <param name="destination">Room for H - 1 strides and one row of pixels; bytes between rows are left as they are.</param>
    /// <param name="format">The order of the bytes.</param>
    /// <param name="stride">Bytes from one row to the next; 0 for no gap.</param>
    /// <param name="image">Which picture of the batch.</param>
    /// <exception cref="ArgumentException">The stride is shorter than a row, there is too little room, the format is grey, or there is no
    /// such picture.</exception>
    /// <exception cref="LatentSharpException">The picture holds NaN or infinite values.</exception>
    public void CopyPixels(Span<byte> destination, PixelFormat format, int stride = 0, int image = 0)
    {
        if (format == PixelFormat.Gray8)
            throw new ArgumentException("a picture of three colours has no one grey level; choose a format with red, green and blue", nameof(format));
        PixelOrderOfBytes order = PixelOrderOfBytes.Of(format);
        stride = PixelRowLayout.Stride(Width, Height, order.Size, stride, destination.Length, "bytes", nameof(destination));
        RequireFinite(image);
        for (int y = 0; y < Height; y++)
        {
            Span<byte> row = destination.Slice(y * stride, Width * order.Size);
            for (int channel = 0; channel < Channels; channel++)
            {
                ReadOnlySpan<float> from = Plane(image, channel).Slice(y * Width, Width);
                for (int x = 0, at = order.Place(channel); x < Width; x++, at += order.Size) row[at] = ToByte(from[x]);
            }
            if (order.Alpha < 0) continue;
            ReadOnlySpan<float> opacity = Opacity is null ? [] : Opacity.AsSpan((image * Height + y) * Width, Width);
            for (int x = 0, at = order.Alpha; x < Width; x++, at += order.Size) row[at] = opacity.IsEmpty ? (byte)255 : ToByte(opacity[x]);
        }
    }

    /// <summary>Writes one picture as float pixels, not clamped.</summary>
    /// <param name="destination">Room for the picture.</param>
    /// <param name="format">Interleaved or planar.</param>
    /// <param name="values">What the values shall mean.</param>
    /// <param name="stride">Values from one row to the next; 0 for no gap.</param>
    /// <param name="image">Which picture of the batch.</param>
    /// <exception cref="ArgumentException">The stride is shorter than a row, there is too little room, or there is no such
    /// picture.</exception>
    public void CopyPixels(Span<float> destination, FloatPixelFormat format, PixelValues values = PixelValues.Symmetric, int stride = 0,
        int image = 0)
    {
        RequirePicture(image);
        var layout = new PixelRowLayout(format, Width, Height, stride, destination.Length, nameof(destination));
        (float scale, float shift) = Scale(values);
        for (int channel = 0; channel < Channels; channel++)
        {
            ReadOnlySpan<float> plane = Plane(image, channel);
            for (int y = 0; y < Height; y++)
                for (int x = 0, at = layout.Start(channel, y); x < Width; x++, at += layout.Step)
                    destination[at] = values == PixelValues.Symmetric ? plane[y * Width + x] : (plane[y * Width + x] - shift) / scale;
        }
    }

    /// <summary>
    /// One picture as the pixels of a bitmap without gaps between rows; see <see cref="CopyPixels(Span{byte}, PixelFormat, int, int)"/>.
    /// </summary>
    /// <exception cref="ArgumentException">The format is grey, or there is no such picture.</exception>
    /// <exception cref="LatentSharpException">The picture holds NaN or infinite values.</exception>
    public byte[] ToPixels(PixelFormat format, int image = 0)
    {
        var pixels = new byte[checked(Width * Height * PixelOrderOfBytes.Of(format).Size)];
        CopyPixels(pixels, format, 0, image);
        return pixels;
    }

    // Symmetric values are those given times scale plus shift.
    private static (float Scale, float Shift) Scale(PixelValues values) => values switch
    {
        PixelValues.Symmetric => (1, 0),
        PixelValues.Unit => (2, -1),
        PixelValues.Levels => (1 / 127.5f, -1),
        _ => throw new ArgumentOutOfRangeException(nameof(values), values, "no such meaning of values"),
    };

    private void RequirePicture(int image)
    {
        if ((uint)image >= (uint)Batch)
            throw new ArgumentOutOfRangeException(nameof(image), image, $"the tensor holds {Batch} picture{(Batch == 1 ? "" : "s")}, counted from 0");
    }

    private void RequireFinite(int image)
    {
        RequirePicture(image);
        int bad = 0;
        foreach (float value in Values.AsSpan(image * Channels * Height * Width, Channels * Height * Width))
            if (!float.IsFinite(value)) bad++;
        if (bad > 0)
            throw new LatentSharpException(ErrorKind.BadInput, "image",
                $"{bad:N0} of the picture's {Channels * Height * Width:N0} values are not finite (NaN or infinite): they have no level.",
                "Check how the picture was made.");
    }
}
