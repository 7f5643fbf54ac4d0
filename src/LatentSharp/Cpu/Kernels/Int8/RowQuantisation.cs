using System.Numerics;

namespace LatentSharp.Cpu.Kernels.Int8;

/// <summary>Float32 values to codes of eight bits with one scale for each block: value = scale * code, up to half a scale.</summary>
internal static unsafe class RowQuantisation
{
    /// <summary>The largest code. The range is symmetric, so that there is no offset to take care of.</summary>
    public const int Most = 127;

    private const int Sign = int.MinValue, Infinity = 0x7f800000;

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
            int most = LargestMagnitude(values + at, length);
            float largest = most < Infinity ? BitConverter.Int32BitsToSingle(most) : float.NaN;
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

    // Magnitudes are in the order of their bits, with infinities and NaN above all others.
    private static int LargestMagnitude(float* values, int count)
    {
        int whole = count - count % (2 * Vector<int>.Count), most = 0;
        Vector<int> a = default, b = default, mask = new(~Sign);
        for (int i = 0; i < whole; i += 2 * Vector<int>.Count)
        {
            a = Vector.Max(a, Vector.Load((int*)values + i) & mask);
            b = Vector.Max(b, Vector.Load((int*)values + i + Vector<int>.Count) & mask);
        }
        a = Vector.Max(a, b);
        for (int i = 0; i < Vector<int>.Count; i++) most = Math.Max(most, a[i]);
        for (int i = whole; i < count; i++) most = Math.Max(most, ((int*)values)[i] & ~Sign);
        return most;
    }

    private static void Round(float* values, int count, float factor, sbyte* codes)
    {
        int step = Vector<float>.Count, whole = count - count % (4 * step);
        var factors = new Vector<float>(factor);
        for (int i = 0; i < whole; i += 4 * step)
            Vector.Narrow(Vector.Narrow(Code(values + i), Code(values + i + step)),
                Vector.Narrow(Code(values + i + 2 * step), Code(values + i + 3 * step))).Store(codes + i);
        for (int i = whole; i < count; i++) codes[i] = (sbyte)MathF.Round(values[i] * factor);

        Vector<int> Code(float* from) => Vector.ConvertToInt32Native(Vector.Round(Vector.Load(from) * factors));
    }
}
