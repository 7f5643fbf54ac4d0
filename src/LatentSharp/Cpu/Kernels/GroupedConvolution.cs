using LatentSharp.Cpu.Simd;

namespace LatentSharp.Cpu.Kernels;

/// <summary>
/// The two inner loops of a convolution in groups: few multiply-adds for each value read, so they run from the definition, with the result
/// channels as lanes.
/// </summary>
internal static unsafe class GroupedConvolution<S, V> where S : ISimd<V> where V : unmanaged
{
    /// <summary>sums += left * right, value by value: every channel is a group of its own.</summary>
    public static void AddProducts(float* sums, float* left, float* right, int count)
    {
        int whole = count - count % S.Lanes;
        for (int i = 0; i < whole; i += S.Lanes) S.Store(sums + i, S.MultiplyAdd(S.Load(left + i), S.Load(right + i), S.Load(sums + i)));
        for (int i = whole; i < count; i++) sums[i] = MathF.FusedMultiplyAdd(left[i], right[i], sums[i]);
    }

    /// <summary>sums += factor * row: what one input channel adds to the results of its group.</summary>
    public static void AddScaled(float* sums, float factor, float* row, int count)
    {
        V broadcast = S.Broadcast(factor);
        int whole = count - count % S.Lanes;
        for (int i = 0; i < whole; i += S.Lanes) S.Store(sums + i, S.MultiplyAdd(broadcast, S.Load(row + i), S.Load(sums + i)));
        for (int i = whole; i < count; i++) sums[i] = MathF.FusedMultiplyAdd(factor, row[i], sums[i]);
    }
}
