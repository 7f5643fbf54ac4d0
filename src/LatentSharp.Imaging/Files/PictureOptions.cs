namespace LatentSharp;

/// <summary>How picture files are read.</summary>
public sealed record PictureOptions
{
    /// <summary>The default of <see cref="MaximumPixels"/>: 134,217,728 (16384 x 8192), 1.6 GB as an image tensor.</summary>
    public const long DefaultMaximumPixels = 1L << 27;

    /// <summary>
    /// The colour that shows through transparent places: red, green and blue levels, sRGB-encoded. White by default, as on a page;
    /// compositing is done on the encoded values, as browsers do it.
    /// </summary>
    public (byte Red, byte Green, byte Blue) Background { get; init; } = (255, 255, 255);

    /// <summary>Pictures with more pixels are refused before anything is decoded.</summary>
    public long MaximumPixels { get; init; } = DefaultMaximumPixels;

    /// <summary>Whether the EXIF orientation is left alone: some programs train on pictures as they are stored.</summary>
    internal bool AsStored { get; init; }

    /// <summary>Whether alpha is left out instead of composited: the colours of transparent places are taken as they are stored.</summary>
    internal bool DropAlpha { get; init; }

    /// <summary>Whether alpha is kept as <see cref="Picture.Opacity"/>.</summary>
    internal bool KeepOpacity { get; init; }
}
