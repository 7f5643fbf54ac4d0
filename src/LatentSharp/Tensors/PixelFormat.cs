namespace LatentSharp;

/// <summary>
/// How the pixels of a picture lie in memory as bytes: their order within a pixel, first byte first, 8 bits a channel, sRGB-encoded.
/// </summary>
public enum PixelFormat
{
    /// <summary>Red, green, blue: 3 bytes a pixel.</summary>
    Rgb24,
    /// <summary>Blue, green, red: 3 bytes a pixel.</summary>
    Bgr24,
    /// <summary>Red, green, blue, alpha: 4 bytes a pixel. Alpha is straight, not multiplied into the colours.</summary>
    Rgba32,
    /// <summary>Blue, green, red, alpha: 4 bytes a pixel. Alpha is straight, not multiplied into the colours.</summary>
    Bgra32,
    /// <summary>One grey level: 1 byte a pixel. Only taken, not given.</summary>
    Gray8,
}

/// <summary>How the pixels of a picture lie in memory as float32.</summary>
public enum FloatPixelFormat
{
    /// <summary>Red, green, blue of a pixel side by side: [H, W, 3].</summary>
    Interleaved,
    /// <summary>A plane of red, then one of green, then one of blue: [3, H, W].</summary>
    Planar,
}

/// <summary>What the values of float pixels mean.</summary>
public enum PixelValues
{
    /// <summary>-1 is dark, 1 is full, as in <see cref="ImageTensor"/>.</summary>
    Symmetric,
    /// <summary>0 is dark, 1 is full.</summary>
    Unit,
    /// <summary>0 is dark, 255 is full.</summary>
    Levels,
}
