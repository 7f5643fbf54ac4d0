using System.Numerics;
using LatentSharp.Tensors;

namespace LatentSharp.Bench.Weights;

/// <summary>
/// Weights without a download: each value is a hash of its place. Tensor t (by ordinal order of the names), element i (row-major):
/// <code>
/// x = i * 0x9E3779B1 + t * 0x85EBCA77 + seed * 0xC2B2AE3D                     (unsigned 32-bit, wrapping)
/// x ^= x >> 16;  x *= 0x85EBCA6B;  x ^= x >> 13;  x *= 0xC2B2AE35;  x ^= x >> 16
/// u = (x >> 8) * 2^-23 - 1                                                    (exact in float32, in [-1, 1))
/// bias: 0.1 u    rank-1 weight: 1 + 0.1 u    convolution: u * sqrt(3 / fan_in), which keeps the variance of what passes through
/// </code>
/// Anyone can make the same numbers in any language, so that results of the full-size network can be compared without its licensed weights.
/// </summary>
internal static class WeightFormula
{
    private const uint Seed = 1;

    /// <summary>The 32-bit hash of element <paramref name="i"/> of tensor <paramref name="t"/>.</summary>
    public static uint Hash(uint i, uint t)
    {
        uint x = unchecked(i * 0x9E3779B1 + Origin(t));
        x ^= x >> 16;
        x = unchecked(x * 0x85EBCA6B);
        x ^= x >> 13;
        x = unchecked(x * 0xC2B2AE35);
        return x ^ x >> 16;
    }

    /// <summary>The number u in [-1, 1) of an element.</summary>
    public static float Unit(uint i, uint t) => (Hash(i, t) >> 8) * UnitStep - 1f;

    /// <summary>Elements <paramref name="first"/> and following of tensor number <paramref name="t"/>.</summary>
    public static void Fill(int t, string name, Shape shape, long first, Span<float> destination)
    {
        (float scale, float offset) = Scale(name, shape);
        int i = 0;
        for (; i <= destination.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector<uint> x = (new Vector<uint>((uint)(first + i)) + Vector<uint>.Indices) * 0x9E3779B1 + new Vector<uint>(Origin((uint)t));
            x ^= x >>> 16;
            x *= 0x85EBCA6B;
            x ^= x >>> 13;
            x *= 0xC2B2AE35;
            x ^= x >>> 16;
            Vector<float> u = Vector.ConvertToSingle((x >>> 8).As<uint, int>()) * UnitStep - Vector<float>.One;
            (new Vector<float>(offset) + u * scale).CopyTo(destination[i..]);
        }
        for (; i < destination.Length; i++) destination[i] = offset + Unit((uint)(first + i), (uint)t) * scale;
    }

    private const float UnitStep = 1f / (1 << 23);

    private static uint Origin(uint t) => unchecked(t * 0x85EBCA77 + Seed * 0xC2B2AE3D);

    private static (float Scale, float Offset) Scale(string name, Shape shape)
    {
        if (name.EndsWith(".bias", StringComparison.Ordinal)) return (0.1f, 0f);
        if (shape.Rank == 1) return (0.1f, 1f);
        long fanIn = shape.ElementCount / shape[0];
        return ((float)Math.Sqrt(3.0 / fanIn), 0f);
    }
}
