using System.Runtime.CompilerServices;
using LatentSharp.Cpu.Simd;

namespace LatentSharp.Cpu.Kernels.Winograd;

/// <summary>The gradient of 3x3 filters in Winograd's domain: transforms and products (<see cref="IWinogradGradient{V}"/>).</summary>
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

    /// <summary>
    /// Adds the products of one position of a block's tiles to its sums, for a cache line of outputs and all inputs: in float32 over the
    /// tiles of a block, then over the blocks in their order.
    /// </summary>
    /// <param name="blocking">The layout.</param>
    /// <param name="source">The transformed source at the position.</param>
    /// <param name="gradient">The transformed gradient at the position and the first of the outputs.</param>
    /// <param name="tiles">Tiles of the block.</param>
    /// <param name="sums">The sums of the position and the first of the outputs: [outputs, inputs].</param>
    /// <param name="begins">Whether nothing was summed yet.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(in WinogradGradientBlocking blocking, float* source, float* gradient, int tiles, float* sums, bool begins)
    {
        float* found = stackalloc float[Outputs * 2 * S.Lanes];
        for (int c = 0; c < blocking.Inputs; c += 2 * S.Lanes)
        {
            // Of the last pair of registers one may lie behind the channels: there is room, and what comes of it is not used.
            int registers = Math.Min(2, (blocking.Inputs - c) / S.Lanes);
            for (int o = 0; o < WinogradGradientBlocking.GradientChannels; o += Outputs)
            {
                Products(gradient + o, source + blocking.SourceAt(0, c), tiles, found);
                for (int i = 0; i < Outputs; i++)
                {
                    float* row = sums + (nint)(o + i) * blocking.Inputs + c;
                    for (int r = 0; r < registers; r++, row += S.Lanes)
                    {
                        V sum = S.Load(found + (2 * i + r) * S.Lanes);
                        S.Store(row, begins ? sum : S.Add(S.Load(row), sum));
                    }
                }
            }
        }
    }

    // Outputs whose sums, two registers each, stay in registers: of 32 or of 16.
    private static int Outputs => S.Lanes == 16 ? 8 : 4;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Products(float* gradient, float* source, int tiles, float* found)
    {
        const int Pitch = WinogradGradientBlocking.GradientChannels;
        V a0 = S.Zero, a1 = S.Zero, b0 = S.Zero, b1 = S.Zero, c0 = S.Zero, c1 = S.Zero, d0 = S.Zero, d1 = S.Zero;
        if (S.Lanes == 16)
        {
            V e0 = S.Zero, e1 = S.Zero, f0 = S.Zero, f1 = S.Zero, g0 = S.Zero, g1 = S.Zero, h0 = S.Zero, h1 = S.Zero;
            for (int tile = 0; tile < tiles; tile++, gradient += Pitch, source += Chunk)
            {
                V x0 = S.Load(source), x1 = S.Load(source + S.Lanes), y = S.Broadcast(gradient[0]);
                (a0, a1, y) = (S.MultiplyAdd(y, x0, a0), S.MultiplyAdd(y, x1, a1), S.Broadcast(gradient[1]));
                (b0, b1, y) = (S.MultiplyAdd(y, x0, b0), S.MultiplyAdd(y, x1, b1), S.Broadcast(gradient[2]));
                (c0, c1, y) = (S.MultiplyAdd(y, x0, c0), S.MultiplyAdd(y, x1, c1), S.Broadcast(gradient[3]));
                (d0, d1, y) = (S.MultiplyAdd(y, x0, d0), S.MultiplyAdd(y, x1, d1), S.Broadcast(gradient[4]));
                (e0, e1, y) = (S.MultiplyAdd(y, x0, e0), S.MultiplyAdd(y, x1, e1), S.Broadcast(gradient[5]));
                (f0, f1, y) = (S.MultiplyAdd(y, x0, f0), S.MultiplyAdd(y, x1, f1), S.Broadcast(gradient[6]));
                (g0, g1, y) = (S.MultiplyAdd(y, x0, g0), S.MultiplyAdd(y, x1, g1), S.Broadcast(gradient[7]));
                (h0, h1) = (S.MultiplyAdd(y, x0, h0), S.MultiplyAdd(y, x1, h1));
            }
            Store(found + 8 * S.Lanes, e0, e1, f0, f1);
            Store(found + 12 * S.Lanes, g0, g1, h0, h1);
        }
        else
        {
            for (int tile = 0; tile < tiles; tile++, gradient += Pitch, source += Chunk)
            {
                V x0 = S.Load(source), x1 = S.Load(source + S.Lanes), y = S.Broadcast(gradient[0]);
                (a0, a1, y) = (S.MultiplyAdd(y, x0, a0), S.MultiplyAdd(y, x1, a1), S.Broadcast(gradient[1]));
                (b0, b1, y) = (S.MultiplyAdd(y, x0, b0), S.MultiplyAdd(y, x1, b1), S.Broadcast(gradient[2]));
                (c0, c1, y) = (S.MultiplyAdd(y, x0, c0), S.MultiplyAdd(y, x1, c1), S.Broadcast(gradient[3]));
                (d0, d1) = (S.MultiplyAdd(y, x0, d0), S.MultiplyAdd(y, x1, d1));
            }
        }
        Store(found, a0, a1, b0, b1);
        Store(found + 4 * S.Lanes, c0, c1, d0, d1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* target, V first, V second, V third, V fourth)
    {
        S.Store(target, first);
        S.Store(target + S.Lanes, second);
        S.Store(target + 2 * S.Lanes, third);
        S.Store(target + 3 * S.Lanes, fourth);
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
