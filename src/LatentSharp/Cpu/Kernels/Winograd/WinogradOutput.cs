using System.Runtime.CompilerServices;
using LatentSharp.Cpu.Kernels.Pointwise;
using LatentSharp.Cpu.Simd;

namespace LatentSharp.Cpu.Kernels.Winograd;

/// <summary>The result side of Winograd's convolution: Y = A^T M A for every tile, then the <see cref="Epilogue"/>.</summary>
internal static unsafe class WinogradOutput<S, V, T> where S : ISimd<V> where V : unmanaged where T : IWinogradTile<V>
{
    /// <summary>
    /// Channels that are written at a time, two registers: their sums need not wait for each other, and with 256 bits they are a whole
    /// cache line.
    /// </summary>
    private static int Pair => 2 * S.Lanes;

    /// <summary>Transforms a strip of tiles into as many rows of pixels as a tile has.</summary>
    /// <param name="products">Position 0 of the first tile: [tiles, <paramref name="tileStride"/>].</param>
    /// <param name="positionSize">Floats from one position of the products to the next.</param>
    /// <param name="tileStride">Floats from one tile to the next.</param>
    /// <param name="tiles">The number of tiles.</param>
    /// <param name="enlarged">Whether positions of row 2 and column 2 were left out because they are zero.</param>
    /// <param name="result">The whole result tensor.</param>
    /// <param name="y">The first row of the strip.</param>
    /// <param name="x">The first column of the strip.</param>
    /// <param name="firstChannel">The channel that column 0 of the products belongs to.</param>
    /// <param name="channels">Channels to write from there.</param>
    /// <param name="epilogue">What happens on the way to memory.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Transform(float* products, nint positionSize, nint tileStride, int tiles, bool enlarged, in FeatureView result,
        int y, int x, int firstChannel, int channels, in Epilogue epilogue)
    {
        Functions<S, V>.Run(epilogue.Function, new Loop
        {
            Products = products, PositionSize = positionSize, TileStride = tileStride, Tiles = tiles, Enlarged = enlarged, Result = result,
            Y = y, X = x, FirstChannel = firstChannel, Channels = channels, Epilogue = epilogue,
        });
    }

    private static V Partial(float* source, int present, float* lanes)
    {
        for (int n = 0; n < S.Lanes; n++) lanes[n] = n < present ? source[n] : 0f;
        return S.Load(lanes);
    }

    // One register of the pixels of a tile, a pair of registers from one pixel to the next.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile(float* products, nint positionSize, bool enlarged, float* half, float* pixels)
    {
        int side = T.Patch;
        for (int x = 0; x < side; x++)
        {
            if (enlarged && x == 2) continue;
            T.Output(products + x * positionSize, side * positionSize, half + x * S.Lanes, side * S.Lanes, enlarged);
        }
        for (int y = 0; y < T.Side; y++) T.Output(half + y * side * S.Lanes, S.Lanes, pixels + y * T.Side * Pair, Pair, enlarged);
    }

    private struct Loop : IFunctionLoop<V>
    {
        public float* Products;
        public nint PositionSize, TileStride;
        public int Tiles, Y, X, FirstChannel, Channels;
        public bool Enlarged;
        public FeatureView Result;
        public Epilogue Epilogue;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        readonly void IFunctionLoop<V>.Run<F, T2>()
        {
            float* pixels = stackalloc float[T.Side * T.Side * Pair];
            float* half = stackalloc float[T.Side * T.Patch * S.Lanes];
            bool streams = Stores<S, V>.GoPast(Result);
            int rows = Math.Min(T.Side, Result.Height - Y);
            for (int tile = 0; tile < Tiles; tile++)
            {
                int left = X + T.Side * tile, columns = Math.Min(T.Side, Result.Width - left);
                for (int k = 0; k < Channels; k += Pair)
                {
                    float* source = Products + tile * TileStride + k;
                    Tile(source, PositionSize, Enlarged, half, pixels);
                    if (k + S.Lanes < Channels) Tile(source + S.Lanes, PositionSize, Enlarged, half, pixels + S.Lanes);
                    if (k + Pair <= Channels)
                    {
                        if (streams) Whole<F, Stores<S, V>.Past>(pixels, rows, columns, left, FirstChannel + k);
                        else Whole<F, Stores<S, V>.Near>(pixels, rows, columns, left, FirstChannel + k);
                    }
                    else
                    {
                        for (int i = k; i < Channels; i += S.Lanes)
                            Part<F>(pixels + i - k, rows, columns, left, FirstChannel + i, Math.Min(S.Lanes, Channels - i));
                    }
                }
            }
            if (streams) S.EndStreaming();
        }

        // Two registers of every pixel of a tile.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Whole<F, M>(float* pixels, int rows, int columns, int left, int channel)
            where F : IFunction<V> where M : IStore<V>
        {
            float* biases = (float*)Epilogue.Bias + channel;
            V biasA = Epilogue.Bias == 0 ? S.Zero : S.Load(biases), biasB = Epilogue.Bias == 0 ? S.Zero : S.Load(biases + S.Lanes);
            V sumA = S.Zero, sumB = S.Zero, squaresA = S.Zero, squaresB = S.Zero;
            nint stride = Result.PixelStride, residualStride = Epilogue.Residual.PixelStride;
            bool adds = Epilogue.Residual.Data != 0;
            for (int i = 0; i < rows; i++)
            {
                float* pixel = pixels + i * T.Side * Pair, target = Result.At(Y + i, left) + channel;
                float* residual = adds ? Epilogue.Residual.At(Y + i, left) + channel : null;
                for (int j = 0; j < columns; j++, pixel += Pair, target += stride, residual += residualStride)
                {
                    V a = S.Add(S.Load(pixel), biasA), b = S.Add(S.Load(pixel + S.Lanes), biasB);
                    if (adds)
                    {
                        a = S.Add(a, S.Load(residual));
                        b = S.Add(b, S.Load(residual + S.Lanes));
                    }
                    a = F.Apply(a);
                    b = F.Apply(b);
                    M.Prepare(target + Pair);
                    M.Store(target, a);
                    M.Store(target + S.Lanes, b);
                    a = S.Subtract(a, biasA);
                    b = S.Subtract(b, biasB);
                    sumA = S.Add(sumA, a);
                    sumB = S.Add(sumB, b);
                    squaresA = S.MultiplyAdd(a, a, squaresA);
                    squaresB = S.MultiplyAdd(b, b, squaresB);
                }
            }
            AddSums(channel, sumA, squaresA);
            AddSums(channel + S.Lanes, sumB, squaresB);
        }

        // A register of every pixel of a tile, of which some channels may be missing.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Part<F>(float* pixels, int rows, int columns, int left, int channel, int present) where F : IFunction<V>
        {
            float* lanes = stackalloc float[S.Lanes];
            V bias = Epilogue.Bias == 0 ? S.Zero : S.Load((float*)Epilogue.Bias + channel);
            V sum = S.Zero, squares = S.Zero;
            for (int i = 0; i < rows; i++)
            {
                for (int j = 0; j < columns; j++)
                {
                    V value = S.Add(S.Load(pixels + (i * T.Side + j) * Pair), bias);
                    if (Epilogue.Residual.Data != 0)
                        value = S.Add(value, Partial(Epilogue.Residual.At(Y + i, left + j) + channel, present, lanes));
                    value = F.Apply(value);
                    S.Store(lanes, value);
                    float* target = Result.At(Y + i, left + j) + channel;
                    for (int n = 0; n < present; n++) target[n] = lanes[n];
                    V centred = S.Subtract(value, bias);
                    sum = S.Add(sum, centred);
                    squares = S.MultiplyAdd(centred, centred, squares);
                }
            }
            AddSums(channel, sum, squares);
        }

        private readonly void AddSums(int channel, V sum, V squares)
        {
            if (Epilogue.Sums == 0) return;
            S.AddTo((double*)Epilogue.Sums + channel, sum);
            S.AddTo((double*)Epilogue.Sums + Epilogue.SquaresOffset + channel, squares);
        }
    }
}
