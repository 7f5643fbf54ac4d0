using System.Numerics;
using System.Runtime.CompilerServices;
using LatentSharp.Cpu.Simd;

namespace LatentSharp.Cpu.Kernels.Int8;

/// <summary>Float32 values to codes of eight bits with one scale for each block: value = scale * code, up to half a scale.</summary>
internal static unsafe class RowQuantisation<S, V> where S : ISimd<V> where V : unmanaged
{
    /// <summary>The largest code. The range is symmetric, so that there is no offset to take care of.</summary>
    public const int Most = 127;

    /// <summary>Quantises a row.</summary>
    /// <param name="values">The values.</param>
    /// <param name="count">How many.</param>
    /// <param name="block">Values that share a scale.</param>
    /// <param name="codes">The codes.</param>
    /// <param name="scales">
    /// The scale of each block, the largest magnitude / <see cref="Most"/>: NaN where a value is not finite, so that it shows in every
    /// result that it has a part in.
    /// </param>
    public static void Quantise(float* values, int count, int block, sbyte* codes, float* scales)
    {
        for (int at = 0; at < count; at += block)
        {
            int length = Math.Min(block, count - at);
            float largest = LargestMagnitude(values + at, length);
            *scales++ = largest / Most;
            // Below this the reciprocal would overflow; such values are nothing beside what they are added to.
            Round(values + at, length, largest > 1e-35f ? Most / largest : 0, codes + at);
        }
    }

    /// <summary>The sum of codes.</summary>
    public static int Sum(sbyte* codes, int count)
    {
        int whole = count - count % Vector<sbyte>.Count, sum = 0;
        Vector<int> sums = default;
        for (int i = 0; i < whole; i += Vector<sbyte>.Count)
        {
            Vector.Widen(Vector.Load(codes + i), out Vector<short> low, out Vector<short> high);
            Vector.Widen(low + high, out Vector<int> first, out Vector<int> second);
            sums += first + second;
        }
        for (int i = whole; i < count; i++) sum += codes[i];
        return sum + Vector.Sum(sums);
    }

    // NaN where a value is not finite: x - x is 0 for all others, and sums tell.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float LargestMagnitude(float* values, int count)
    {
        int whole = count - count % S.Lanes;
        V most = S.Zero, odd = S.Zero;
        for (int i = 0; i < whole; i += S.Lanes)
        {
            V x = S.Load(values + i);
            most = S.Max(most, S.Abs(x));
            odd = S.Add(odd, S.Subtract(x, x));
        }
        float largest = S.MaxAcross(most), sum = S.Sum(odd);
        for (int i = whole; i < count; i++)
        {
            largest = MathF.Max(largest, MathF.Abs(values[i]));
            sum += values[i] - values[i];
        }
        return largest + sum;
    }

    // Adding 1.5 * 2^23 rounds a number below 2^22 and leaves it in the lowest bits.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Round(float* values, int count, float factor, sbyte* codes)
    {
        int whole = count - count % S.Lanes;
        V factors = S.Broadcast(factor), rounding = S.Broadcast(IByteTile.Base);
        for (int i = 0; i < whole; i += S.Lanes)
            S.StoreBits8((byte*)codes + i, S.Add(S.Multiply(S.Load(values + i), factors), rounding));
        for (int i = whole; i < count; i++) codes[i] = (sbyte)MathF.Round(values[i] * factor);
    }
}
