namespace LatentSharp.Autoencoders.Tiling;

/// <summary>The part of a network's input that is a tile.</summary>
/// <param name="Top">Its first row.</param>
/// <param name="Left">Its first column.</param>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
internal readonly record struct TileArea(int Top, int Left, int Height, int Width);
