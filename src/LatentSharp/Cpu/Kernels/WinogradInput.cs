using System.Runtime.CompilerServices;
using LatentSharp.Cpu.Simd;

namespace LatentSharp.Cpu.Kernels;

/// <summary>The picture side of Winograd F(4x4, 3x3): V = B^T d B for every 6x6 patch d, 4 pixels apart.</summary>
internal static unsafe class WinogradInput<S, V> where S : ISimd<V> where V : unmanaged
{
    /// <summary>Transforms a strip of patches.</summary>
    /// <param name="patch">Six rows of 4 * <paramref name="tiles"/> + 2 pixels of <paramref name="channels"/> channels, zeros where the picture ends.</param>
    /// <param name="channels">Channels, a multiple of the vector width.</param>
    /// <param name="tiles">The number of patches.</param>
    /// <param name="result">Position 0 of the first tile: [tiles, channels].</param>
    /// <param name="positionSize">Floats from one of the 36 positions to the next.</param>
    /// <param name="enlarged">Whether the strip shows a picture that was enlarged by two with nearest neighbours. Then rows 1, 2 and 3, 4 of each patch are equal,
    /// position row 2 and column 2 are zero and are left out.</param>
    public static void Transform(float* patch, int channels, int tiles, float* result, nint positionSize, bool enlarged)
    {
        nint row = (4 * (nint)tiles + 2) * channels;
        V* half = stackalloc V[36];
        for (int tile = 0; tile < tiles; tile++)
        {
            for (int c = 0; c < channels; c += S.Lanes)
            {
                float* corner = patch + 4 * (nint)tile * channels + c;
                for (int x = 0; x < 6; x++)
                {
                    float* d = corner + x * channels;
                    Contract(S.Load(d), S.Load(d + row), S.Load(d + 2 * row), S.Load(d + 3 * row), S.Load(d + 4 * row), S.Load(d + 5 * row), half + x, 6);
                }
                float* v = result + (nint)tile * channels + c;
                for (int y = 0; y < 6; y++)
                {
                    if (enlarged && y == 2) continue;
                    V* h = half + y * 6;
                    V* r = h;
                    Contract(h[0], h[1], h[2], h[3], h[4], h[5], r, 1);
                    float* target = v + y * 6 * positionSize;
                    S.Store(target, r[0]);
                    S.Store(target + positionSize, r[1]);
                    if (!enlarged) S.Store(target + 2 * positionSize, r[2]);
                    S.Store(target + 3 * positionSize, r[3]);
                    S.Store(target + 4 * positionSize, r[4]);
                    S.Store(target + 5 * positionSize, r[5]);
                }
            }
        }
    }

    // One side of the product with B^T.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Contract(V d0, V d1, V d2, V d3, V d4, V d5, V* result, int stride)
    {
        V minusFour = S.Broadcast(-4f), minusFive = S.Broadcast(-5f), four = S.Broadcast(4f), two = S.Broadcast(2f);
        V even = S.MultiplyAdd(d2, minusFour, d4), odd = S.MultiplyAdd(d1, minusFour, d3);
        V nearEven = S.Subtract(d4, d2), nearOdd = S.Multiply(two, S.Subtract(d3, d1));
        result[0] = S.MultiplyAdd(d0, four, S.MultiplyAdd(d2, minusFive, d4));
        result[stride] = S.Add(even, odd);
        result[2 * stride] = S.Subtract(even, odd);
        result[3 * stride] = S.Add(nearEven, nearOdd);
        result[4 * stride] = S.Subtract(nearEven, nearOdd);
        result[5 * stride] = S.MultiplyAdd(d1, four, S.MultiplyAdd(d3, minusFive, d5));
    }
}
