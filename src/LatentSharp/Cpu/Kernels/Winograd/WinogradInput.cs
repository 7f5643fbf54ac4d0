using System.Runtime.CompilerServices;
using LatentSharp.Cpu.Simd;

namespace LatentSharp.Cpu.Kernels.Winograd;

/// <summary>The picture side of Winograd's convolution: V = B^T d B for every patch d of a strip.</summary>
internal static unsafe class WinogradInput<S, V, T> where S : ISimd<V> where V : unmanaged where T : IWinogradTile<V>
{
    /// <summary>Transforms a strip of patches.</summary>
    /// <param name="patch">As many rows as a patch has, of all pixels from the first patch to the last, of <paramref name="channels"/>
    /// channels, zeros where the picture ends.</param>
    /// <param name="channels">Channels, a multiple of the vector width.</param>
    /// <param name="tiles">The number of patches.</param>
    /// <param name="result">Position 0 of the first tile: [tiles, channels].</param>
    /// <param name="positionSize">Floats from one position of the transformed tiles to the next.</param>
    /// <param name="enlarged">Whether the strip shows a picture that was enlarged by two with nearest neighbours. Then position row 2 and
    /// column 2 are zero and are left out.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Transform(float* patch, int channels, int tiles, float* result, nint positionSize, bool enlarged)
    {
        int side = T.Patch;
        nint row = (T.Step * (nint)(tiles - 1) + side) * channels;
        float* half = stackalloc float[side * side * S.Lanes];
        for (int tile = 0; tile < tiles; tile++)
        {
            for (int c = 0; c < channels; c += S.Lanes)
            {
                float* corner = patch + T.Step * (nint)tile * channels + c;
                for (int x = 0; x < side; x++) T.Input(corner + x * channels, row, half + x * S.Lanes, side * S.Lanes, enlarged);
                float* target = result + (nint)tile * channels + c;
                for (int y = 0; y < side; y++, target += side * positionSize)
                {
                    if (enlarged && y == 2) continue;
                    T.Input(half + y * side * S.Lanes, S.Lanes, target, positionSize, enlarged);
                }
            }
        }
    }
}
