using System.Runtime.CompilerServices;
using LatentSharp.Cpu.Simd;

namespace LatentSharp.Cpu.Kernels.Pointwise;

/// <summary>Applies a <see cref="PixelMap"/> to runs of pixels.</summary>
internal static unsafe class PixelMapping<S, V> where S : ISimd<V> where V : unmanaged
{
    /// <summary>
    /// Writes <paramref name="pixels"/> pixels of <paramref name="channels"/> channels; source and destination may be the same.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Apply(in PixelMap map, float* source, nint sourceStride, float* destination, nint destinationStride, int pixels,
        int channels)
    {
        Functions<S, V>.Run(map.Function, new Loop(map, source, sourceStride, destination, destinationStride, pixels, channels));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<F, T>(in PixelMap map, float* source, nint sourceStride, float* destination, nint destinationStride, int pixels,
        int channels)
        where F : IFunction<V> where T : IFunction<float>
    {
        float* scale = (float*)map.Scale, offset = (float*)map.Offset;
        int whole = channels - channels % S.Lanes;
        for (int p = 0; p < pixels; p++, source += sourceStride, destination += destinationStride)
        {
            if (scale is null)
            {
                for (int c = 0; c < whole; c += S.Lanes) S.Store(destination + c, F.Apply(S.Load(source + c)));
                for (int c = whole; c < channels; c++) destination[c] = T.Apply(source[c]);
            }
            else
            {
                for (int c = 0; c < whole; c += S.Lanes)
                    S.Store(destination + c, F.Apply(S.MultiplyAdd(S.Load(source + c), S.Load(scale + c), S.Load(offset + c))));
                for (int c = whole; c < channels; c++) destination[c] = T.Apply(source[c] * scale[c] + offset[c]);
            }
        }
    }

    private readonly struct Loop(PixelMap map, float* source, nint sourceStride, float* destination, nint destinationStride, int pixels,
        int channels) : IFunctionLoop<V>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        void IFunctionLoop<V>.Run<F, T>()
            => PixelMapping<S, V>.Run<F, T>(map, source, sourceStride, destination, destinationStride, pixels, channels);
    }
}
