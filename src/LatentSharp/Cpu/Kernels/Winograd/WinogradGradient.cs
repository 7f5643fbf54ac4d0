using System.Runtime.CompilerServices;
using LatentSharp.Cpu.Simd;

namespace LatentSharp.Cpu.Kernels.Winograd;

/// <summary>The gradient of 3x3 filters in Winograd's domain: the transforms around the products (<see cref="IWinogradGradient{V}"/>).</summary>
internal static unsafe class WinogradGradient<S, V, T> where S : ISimd<V> where V : unmanaged where T : IWinogradGradient<V>
{
    private const int Chunk = WinogradGradientBlocking.SourceChannels;

    /// <summary>B^T d B of a tile of the source, all channels.</summary>
    /// <param name="blocking">The layout.</param>
    /// <param name="source">The whole source.</param>
    /// <param name="tile">The tile, counted through the picture.</param>
    /// <param name="place">Where it stands in its block.</param>
    /// <param name="transformed">The transformed source of the block.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Source(in WinogradGradientBlocking blocking, in FeatureView source, int tile, int place, float* transformed)
    {
        int side = T.Patch, y = tile / blocking.TilesAcross * T.Side - 1, x = tile % blocking.TilesAcross * T.Side - 1;
        float* patch = stackalloc float[side * side * Chunk];
        float* half = stackalloc float[side * side * S.Lanes];
        for (int first = 0; first < blocking.Inputs; first += Chunk)
        {
            int channels = Math.Min(Chunk, blocking.Inputs - first);
            Read(source, y, x, side, first, channels, patch);
            float* target = transformed + blocking.SourceAt(place, first);
            for (int lane = 0; lane < channels; lane += S.Lanes)
            {
                for (int row = 0; row < side; row++)
                    T.Input(patch + row * side * Chunk + lane, Chunk, half + row * side * S.Lanes, S.Lanes, enlarged: false);
                for (int column = 0; column < side; column++)
                    T.Input(half + column * S.Lanes, side * S.Lanes, target + column * blocking.SourcePosition + lane,
                        side * blocking.SourcePosition, enlarged: false);
            }
        }
    }

    /// <summary>A dy A^T of a tile of the gradient, all channels.</summary>
    /// <param name="blocking">The layout.</param>
    /// <param name="gradient">The whole gradient.</param>
    /// <param name="tile">The tile, counted through the picture.</param>
    /// <param name="place">Where it stands in its block.</param>
    /// <param name="transformed">The transformed gradient of the block.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Gradient(in WinogradGradientBlocking blocking, in FeatureView gradient, int tile, int place, float* transformed)
    {
        int side = T.Side, wide = T.Patch, y = tile / blocking.TilesAcross * side, x = tile % blocking.TilesAcross * side;
        float* patch = stackalloc float[side * side * Chunk];
        float* half = stackalloc float[side * wide * S.Lanes];
        for (int first = 0; first < blocking.Outputs; first += Chunk)
        {
            int channels = Math.Min(Chunk, blocking.Outputs - first);
            Read(gradient, y, x, side, first, channels, patch);
            for (int lane = 0; lane < channels; lane += S.Lanes)
            {
                float* target = transformed + blocking.GradientAt(place, first + lane);
                for (int row = 0; row < side; row++)
                    T.Spread(patch + row * side * Chunk + lane, Chunk, half + row * wide * S.Lanes, S.Lanes);
                for (int column = 0; column < wide; column++)
                    T.Spread(half + column * S.Lanes, wide * S.Lanes, target + column * blocking.GradientPosition,
                        wide * blocking.GradientPosition);
            }
        }
    }

    /// <summary>G^T U G of the sums of one output.</summary>
    /// <param name="blocking">The layout.</param>
    /// <param name="sums">The sums of position 0 of the output, all inputs.</param>
    /// <param name="result">[inputs, 9].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Filters(in WinogradGradientBlocking blocking, float* sums, float* result)
    {
        int side = T.Patch;
        nint position = (nint)blocking.Outputs * blocking.Inputs;
        float* half = stackalloc float[3 * side * S.Lanes];
        float* taps = stackalloc float[9 * S.Lanes];
        for (int c = 0; c < blocking.Inputs; c += S.Lanes)
        {
            for (int row = 0; row < side; row++)
                T.Gather(sums + row * side * position + c, position, half + row * 3 * S.Lanes, S.Lanes);
            for (int column = 0; column < 3; column++)
                T.Gather(half + column * S.Lanes, 3 * S.Lanes, taps + column * S.Lanes, 3 * S.Lanes);
            for (int lane = 0; lane < S.Lanes; lane++)
                for (int tap = 0; tap < 9; tap++) result[(c + lane) * 9 + tap] = taps[tap * S.Lanes + lane];
        }
    }

    // A square of pixels, zero outside of the picture.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Read(in FeatureView view, int y, int x, int side, int first, int channels, float* patch)
    {
        for (int i = 0; i < side; i++)
            for (int j = 0; j < side; j++, patch += Chunk)
            {
                var pixel = new Span<float>(patch, channels);
                if ((uint)(y + i) < (uint)view.Height && (uint)(x + j) < (uint)view.Width)
                    new ReadOnlySpan<float>(view.At(y + i, x + j) + first, channels).CopyTo(pixel);
                else pixel.Clear();
            }
    }
}
