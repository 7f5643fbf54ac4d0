using LatentSharp.Cpu.Simd;
using LatentSharp.Graph;

namespace LatentSharp.Cpu.Kernels.Pointwise;

/// <summary>Divides the vector of channels of each pixel by its length, then multiplies by one factor for each channel.</summary>
internal static unsafe class LengthNorm<S, V> where S : ISimd<V> where V : unmanaged
{
    /// <summary>
    /// Writes <paramref name="pixels"/> pixels of <paramref name="channels"/> channels; source and destination may be the same.
    /// </summary>
    public static void Apply(float* weight, float* source, nint sourceStride, float* destination, nint destinationStride, int pixels,
        int channels)
    {
        int whole = channels - channels % S.Lanes;
        for (int p = 0; p < pixels; p++, source += sourceStride, destination += destinationStride)
        {
            V squares = S.Zero;
            for (int c = 0; c < whole; c += S.Lanes)
            {
                V value = S.Load(source + c);
                squares = S.MultiplyAdd(value, value, squares);
            }
            float sum = S.Sum(squares);
            for (int c = whole; c < channels; c++) sum += source[c] * source[c];
            float inverse = 1 / MathF.Max(MathF.Sqrt(sum), L2Norm.Floor);
            V factor = S.Broadcast(inverse);
            for (int c = 0; c < whole; c += S.Lanes)
                S.Store(destination + c, S.Multiply(S.Multiply(S.Load(source + c), factor), S.Load(weight + c)));
            for (int c = whole; c < channels; c++) destination[c] = source[c] * inverse * weight[c];
        }
    }
}
