namespace LatentSharp.Quality.Metrics;

/// <summary>A part of a picture.</summary>
/// <param name="X">Its left border in pixels.</param>
/// <param name="Y">Its upper border in pixels.</param>
/// <param name="Width">Its width in pixels.</param>
/// <param name="Height">Its height in pixels.</param>
public readonly record struct FindingPlace(int X, int Y, int Width, int Height);
