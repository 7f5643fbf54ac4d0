using System.Runtime.CompilerServices;
using LatentSharp.Cpu.Simd;
using LatentSharp.Graph;

namespace LatentSharp.Cpu.Kernels;

/// <summary>The result side of Winograd F(4x4, 3x3): Y = A^T M A for every tile, then the <see cref="Epilogue"/>.</summary>
internal static unsafe class WinogradOutput<S, V> where S : ISimd<V> where V : unmanaged
{
    /// <summary>
    /// Results larger than this are stored past the caches: they would be gone from them before anybody reads them, and every line stored the ordinary way is read from memory
    /// first. Measured: 10 to 20 % of the whole convolution at 64 and 128 channels.
    /// </summary>
    private const long StreamFrom = 24 << 20;

    /// <summary>Transforms a strip of tiles into four rows of pixels.</summary>
    /// <param name="products">Position 0 of the first tile: [tiles, <paramref name="tileStride"/>].</param>
    /// <param name="positionSize">Floats from one of the 36 positions to the next.</param>
    /// <param name="tileStride">Floats from one tile to the next.</param>
    /// <param name="tiles">The number of tiles.</param>
    /// <param name="enlarged">Whether positions of row 2 and column 2 were left out because they are zero.</param>
    /// <param name="result">The whole result tensor.</param>
    /// <param name="y">The first row of the strip.</param>
    /// <param name="x">The first column of the strip.</param>
    /// <param name="firstChannel">The channel that column 0 of the products belongs to.</param>
    /// <param name="channels">Channels to write from there.</param>
    /// <param name="epilogue">What happens on the way to memory.</param>
    public static void Transform(float* products, nint positionSize, nint tileStride, int tiles, bool enlarged, in FeatureView result, int y, int x, int firstChannel, int channels, in Epilogue epilogue)
    {
        switch (epilogue.Function)
        {
            case null: Run<Identity<V>>(products, positionSize, tileStride, tiles, enlarged, result, y, x, firstChannel, channels, epilogue); break;
            case ActivationKind.ReLU: Run<ReLU<S, V>>(products, positionSize, tileStride, tiles, enlarged, result, y, x, firstChannel, channels, epilogue); break;
            case ActivationKind.SiLU: Run<SiLU<S, V>>(products, positionSize, tileStride, tiles, enlarged, result, y, x, firstChannel, channels, epilogue); break;
            case ActivationKind.TanhClamp3: Run<TanhClamp3<S, V>>(products, positionSize, tileStride, tiles, enlarged, result, y, x, firstChannel, channels, epilogue); break;
            default: throw new ArgumentOutOfRangeException(nameof(epilogue), epilogue.Function, "unknown function");
        }
    }

    private static void Run<F>(float* products, nint positionSize, nint tileStride, int tiles, bool enlarged, in FeatureView result, int y, int x, int firstChannel, int channels, in Epilogue epilogue)
        where F : IFunction<V>
    {
        V* pixels = stackalloc V[16];
        V* half = stackalloc V[24];
        float* lanes = stackalloc float[S.Lanes];
        bool adds = epilogue.Residual.Data != 0, streams = Streams(result);
        int rows = Math.Min(4, result.Height - y);
        for (int tile = 0; tile < tiles; tile++)
        {
            int left = x + 4 * tile;
            int columns = Math.Min(4, result.Width - left);
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
                        V value = S.Add(pixels[i * 4 + j], bias);
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
        return S.Lanes * sizeof(float) == Line && aligned && (long)result.Height * result.Width * result.Channels * sizeof(float) >= StreamFrom;
    }

    private static V Partial(float* source, int present, float* lanes)
    {
        for (int n = 0; n < S.Lanes; n++) lanes[n] = n < present ? source[n] : 0f;
        return S.Load(lanes);
    }

    private static void Tile(float* m, nint positionSize, bool enlarged, V* half, V* pixels)
    {
        nint row = 6 * positionSize;
        for (int j = 0; j < 6; j++, m += positionSize)
        {
            if (enlarged && j == 2)
            {
                for (int i = 0; i < 4; i++) half[i * 6 + j] = S.Zero;
                continue;
            }
            Contract(S.Load(m), S.Load(m + row), enlarged ? S.Zero : S.Load(m + 2 * row), S.Load(m + 3 * row), S.Load(m + 4 * row), S.Load(m + 5 * row), half + j, 6);
        }
        for (int i = 0; i < 4; i++)
        {
            V* h = half + i * 6;
            Contract(h[0], h[1], h[2], h[3], h[4], h[5], pixels + i * 4, 1);
        }
    }

    // One side of the product with A^T.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Contract(V m0, V m1, V m2, V m3, V m4, V m5, V* result, int stride)
    {
        V sum12 = S.Add(m1, m2), difference12 = S.Subtract(m1, m2), sum34 = S.Add(m3, m4), difference34 = S.Subtract(m3, m4);
        result[0] = S.Add(S.Add(m0, sum12), sum34);
        result[stride] = S.MultiplyAdd(difference34, S.Broadcast(2f), difference12);
        result[2 * stride] = S.MultiplyAdd(sum34, S.Broadcast(4f), sum12);
        result[3 * stride] = S.MultiplyAdd(difference34, S.Broadcast(8f), S.Add(difference12, m5));
    }
}
