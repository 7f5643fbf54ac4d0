namespace LatentSharp.Tensors;

/// <summary>Where the bytes of a pixel stand.</summary>
internal readonly record struct PixelOrderOfBytes(int Size, int Red, int Green, int Blue, int Alpha)
{
    public static PixelOrderOfBytes Of(PixelFormat format) => format switch
    {
        PixelFormat.Rgb24 => new(3, 0, 1, 2, -1),
        PixelFormat.Bgr24 => new(3, 2, 1, 0, -1),
        PixelFormat.Rgba32 => new(4, 0, 1, 2, 3),
        PixelFormat.Bgra32 => new(4, 2, 1, 0, 3),
        PixelFormat.Gray8 => new(1, 0, 0, 0, -1),
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "no such pixel format"),
    };

    public int Place(int channel) => channel switch { 0 => Red, 1 => Green, _ => Blue };
}

/// <summary>Where the rows of float pixels begin, and how far the values of one channel lie apart.</summary>
internal readonly struct PixelRowLayout
{
    private readonly int stride, plane;

    public PixelRowLayout(FloatPixelFormat format, int width, int height, int stride, int length, string parameter)
    {
        switch (format)
        {
            case FloatPixelFormat.Interleaved:
                (this.stride, Step) = (Stride(width, height, 3, stride, length, "values", parameter), 3);
                break;
            case FloatPixelFormat.Planar:
                // Three planes under each other are a picture of three times the height.
                (this.stride, Step) = (Stride(width, checked(3 * height), 1, stride, length, "values", parameter), 1);
                plane = this.stride * height;
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(format), format, "no such pixel format");
        }
    }

    /// <summary>From one pixel to the next.</summary>
    public int Step { get; }

    public int Start(int channel, int row) => row * stride + (Step == 3 ? channel : channel * plane);

    /// <summary>The stride meant, after a look at whether everything fits.</summary>
    /// <exception cref="ArgumentException">The stride is shorter than a row, or there is too little of
    /// <paramref name="units"/>.</exception>
    public static int Stride(int width, int height, int size, int stride, int length, string units, string parameter)
    {
        long row = (long)width * size;
        if (stride != 0 && stride < row)
            throw new ArgumentOutOfRangeException(nameof(stride), stride,
                $"a row of {width} pixels takes {row} {units}; the stride cannot be smaller (0 stands for rows without a gap). Pictures that begin "
                    + $"with the bottom row have to be turned first");
        long step = stride == 0 ? row : stride, needed = (height - 1) * step + row;
        if (length < needed)
            throw new ArgumentException(
                $"{width} x {height} pixels{(stride == 0 ? "" : $" with a stride of {stride}")} take {needed:N0} {units}; there are {length:N0}", parameter);
        return checked((int)step);
    }
}
