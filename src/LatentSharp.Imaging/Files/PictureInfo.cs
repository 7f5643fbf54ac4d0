namespace LatentSharp;

/// <summary>What a picture file's header says.</summary>
/// <param name="Format">The format, found by content and not by name.</param>
/// <param name="Width">Width in pixels as stored, before the orientation is applied.</param>
/// <param name="Height">Height in pixels as stored, before the orientation is applied.</param>
/// <param name="Bits">Bits for each channel as decoded: 8, 16 or 32 (1, 2 and 4 bits become 8; 10 and 12 become 16).</param>
/// <param name="Colours">What the channels are, such as <c>RGB</c>, <c>RGB with alpha</c>, <c>grey</c>, <c>CMYK</c>.</param>
/// <param name="Frames">Frames of an animation or pages of a document; 1 for an ordinary picture.</param>
/// <param name="Orientation">The EXIF orientation, 1 to 8; 1 means as stored.</param>
/// <param name="Profile">The name of the embedded colour profile, or null when there is none.</param>
public sealed record PictureInfo(PictureFormat Format, int Width, int Height, int Bits, string Colours, int Frames, int Orientation,
    string? Profile)
{
    /// <summary>
    /// What a PNG says about its colours without a profile, and what is done about it, such as <c>gamma 1 (gAMA), converted to sRGB</c>;
    /// null when it says nothing.
    /// </summary>
    public string? Signalling { get; init; }

    /// <summary>Width and height as the picture is meant to be looked at.</summary>
    public (int Width, int Height) DisplaySize => Orientation >= 5 ? (Height, Width) : (Width, Height);
}
