using System.Runtime.CompilerServices;
using LatentSharp.Cpu.Kernels.Matrix;

namespace LatentSharp.Cpu;

/// <summary>Features of one picture in memory: pixel after pixel, row after row, the channels of a pixel next to each other.</summary>
/// <param name="Data">The first channel of the first pixel.</param>
/// <param name="Height">Rows.</param>
/// <param name="Width">Pixels in a row.</param>
/// <param name="Channels">Channels in use.</param>
/// <param name="PixelStride">Floats from one pixel to the next; at least <paramref name="Channels"/>.</param>
internal readonly unsafe record struct FeatureView(nint Data, int Height, int Width, int Channels, int PixelStride)
{
    /// <summary>The features as a matrix: a row for each pixel.</summary>
    public MatrixView Rows => new(Data, Height * Width, Channels, PixelStride);

    /// <summary>The first channel of a pixel, counted row after row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float* At(int position) => (float*)Data + (nint)position * PixelStride;

    /// <summary>The first channel of pixel (<paramref name="y"/>, <paramref name="x"/>).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float* At(int y, int x) => (float*)Data + ((nint)y * Width + x) * PixelStride;
}
