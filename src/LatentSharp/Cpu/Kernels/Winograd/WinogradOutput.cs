using LatentSharp.Cpu.Kernels.Pointwise;
using LatentSharp.Cpu.Simd;

namespace LatentSharp.Cpu.Kernels.Winograd;

/// <summary>The result side of Winograd's convolution: Y = A^T M A for every tile, then the <see cref="Epilogue"/>.</summary>
internal static unsafe class WinogradOutput<S, V, T> where S : ISimd<V> where V : unmanaged where T : IWinogradTile<V>
{
    /// <summary>
    /// Results larger than this are stored past the caches: they would be gone from them before anybody reads them, and every line stored
    /// the ordinary way is read from memory first. Measured: 10 to 20 % of the whole convolution at 64 and 128 channels.
    /// </summary>
    private const long StreamFrom = 24 << 20;

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
    public static void Transform(float* products, nint positionSize, nint tileStride, int tiles, bool enlarged, in FeatureView result,
        int y, int x, int firstChannel, int channels, in Epilogue epilogue)
    {
        Functions<S, V>.Run(epilogue.Function, new Loop
        {
            Products = products, PositionSize = positionSize, TileStride = tileStride, Tiles = tiles, Enlarged = enlarged, Result = result,
            Y = y, X = x, FirstChannel = firstChannel, Channels = channels, Epilogue = epilogue,
        });
    }

    private static void Run<F>(float* products, nint positionSize, nint tileStride, int tiles, bool enlarged, in FeatureView result, int y,
        int x, int firstChannel, int channels, in Epilogue epilogue)
        where F : IFunction<V>
    {
        float* pixels = stackalloc float[T.Side * T.Side * S.Lanes];
        float* half = stackalloc float[T.Side * (T.Side + 2) * S.Lanes];
        float* lanes = stackalloc float[S.Lanes];
        bool adds = epilogue.Residual.Data != 0, streams = Streams(result);
        int rows = Math.Min(T.Side, result.Height - y);
        for (int tile = 0; tile < tiles; tile++)
        {
            int left = x + T.Side * tile;
            int columns = Math.Min(T.Side, result.Width - left);
            for (int k = 0; k < channels; k += S.Lanes)
            {
                int channel = firstChannel + k;
                Tile(products + tile * tileStride + k, positionSize, enlarged, half, pixels);
                V bias = epilogue.Bias == 0 ? S.Zero : S.Load((float*)epilogue.Bias + channel);
                V sum = S.Zero, squares = S.Zero;
                int present = Math.Min(S.Lanes, channels - k);
                for (int i = 0; i < rows; i++)
                {
                    for (int j = 0; j < columns; j++)
                    {
                        V value = S.Add(S.Load(pixels + (i * T.Side + j) * S.Lanes), bias);
                        float* target = result.At(y + i, left + j) + channel;
                        if (present == S.Lanes)
                        {
                            if (adds) value = S.Add(value, S.Load(epilogue.Residual.At(y + i, left + j) + channel));
                            value = F.Apply(value);
                            if (streams) S.StoreStreaming(target, value);
                            else S.Store(target, value);
                        }
                        else
                        {
                            if (adds) value = S.Add(value, Partial(epilogue.Residual.At(y + i, left + j) + channel, present, lanes));
                            value = F.Apply(value);
                            S.Store(lanes, value);
                            for (int n = 0; n < present; n++) target[n] = lanes[n];
                        }
                        V centred = S.Subtract(value, bias);
                        sum = S.Add(sum, centred);
                        squares = S.MultiplyAdd(centred, centred, squares);
                    }
                }
                if (epilogue.Sums != 0)
                {
                    S.AddTo((double*)epilogue.Sums + channel, sum);
                    S.AddTo((double*)epilogue.Sums + epilogue.SquaresOffset + channel, squares);
                }
            }
        }
        if (streams) S.EndStreaming();
    }

    // Only where one register is a whole cache line: parts of lines streamed one by one are slower than ordinary stores.
    private static bool Streams(in FeatureView result)
    {
        const int Line = 64;
        bool aligned = (result.Data | (nint)(result.PixelStride * sizeof(float))) % Line == 0;
        return S.Lanes * sizeof(float) == Line && aligned
            && (long)result.Height * result.Width * result.Channels * sizeof(float) >= StreamFrom;
    }

    private static V Partial(float* source, int present, float* lanes)
    {
        for (int n = 0; n < S.Lanes; n++) lanes[n] = n < present ? source[n] : 0f;
        return S.Load(lanes);
    }

    private static void Tile(float* products, nint positionSize, bool enlarged, float* half, float* pixels)
    {
        int side = T.Side + 2;
        for (int x = 0; x < side; x++)
        {
            if (enlarged && x == 2) continue;
            T.Output(products + x * positionSize, side * positionSize, half + x * S.Lanes, side * S.Lanes, enlarged);
        }
        for (int y = 0; y < T.Side; y++) T.Output(half + y * side * S.Lanes, S.Lanes, pixels + y * T.Side * S.Lanes, S.Lanes, enlarged);
    }

    private struct Loop : IFunctionLoop<V>
    {
        public float* Products;
        public nint PositionSize, TileStride;
        public int Tiles, Y, X, FirstChannel, Channels;
        public bool Enlarged;
        public FeatureView Result;
        public Epilogue Epilogue;

        readonly void IFunctionLoop<V>.Run<F, T2>()
            => WinogradOutput<S, V, T>.Run<F>(
                Products, PositionSize, TileStride, Tiles, Enlarged, Result, Y, X, FirstChannel, Channels, Epilogue);
    }
}
