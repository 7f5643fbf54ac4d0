namespace LatentSharp;

/// <summary>A picture that was read from a file, and what was done to it on the way.</summary>
/// <param name="Image">The pixels, [1, 3, H, W] in [-1, 1], sRGB, upright.</param>
/// <param name="Info">What the file's header says.</param>
/// <param name="Notes">What was done beyond plain reading, one sentence each: profile converted, orientation applied, alpha composited,
/// frames left out.</param>
public sealed record Picture(ImageTensor Image, PictureInfo Info, IReadOnlyList<string> Notes)
{
    /// <summary>Levels of alpha, H x W, upright as the pixels; null where there is none or it was not asked for.</summary>
    internal byte[]? Opacity { get; init; }
}
