namespace LatentSharp.Service;

/// <summary>The size of a picture.</summary>
/// <param name="Width">Pixels across.</param>
/// <param name="Height">Pixels down.</param>
public readonly record struct PixelSize(int Width, int Height);
