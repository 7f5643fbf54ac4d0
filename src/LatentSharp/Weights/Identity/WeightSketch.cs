using System.Globalization;
using System.Numerics;
using LatentSharp.Tensors;

namespace LatentSharp.Weights.Identity;

/// <summary>
/// 256 bits that nearly agree for sets of weights that are nearly the same: it finds out that an F16 and a BF16 copy come from one
/// original, which no content digest can. Rounding to F16 or BF16 flips no or one bit, rounding to 8 bits a few; other weights of the same
/// shape differ in about 128.
/// </summary>
/// <remarks>
/// The recipe, version 1: of every tensor with floating-point values and at least 64 elements, in ordinal order of names, 64 elements at
/// the positions floor(k * count / 64) are taken and divided by their root mean square. Each is multiplied by 256 signs, which the hash
/// below gives for the running number of the element and the number of the bit, and added to 256 sums in double precision. A bit is 1 where
/// its sum is positive.
/// </remarks>
public readonly struct WeightSketch : IEquatable<WeightSketch>
{
    /// <summary>The number of bits.</summary>
    public const int Bits = 256;

    /// <summary>Up to this distance two sets of weights are called copies of one another that were rounded differently.</summary>
    public const int SameWithin = 12;

    private const int Samples = 64;

    private readonly ulong a, b, c, d;

    private WeightSketch(ReadOnlySpan<ulong> words) => (a, b, c, d) = (words[0], words[1], words[2], words[3]);

    /// <summary>
    /// The sketch of a set of weights, or of some of them, under the names that they have here. A few thousand values are read.
    /// </summary>
    /// <param name="weights">The weights; for a sketch that does not depend on the layout of the file, under canonical names.</param>
    /// <param name="include">Which names count; null for all.</param>
    public static WeightSketch Of(WeightSource weights, Func<string, bool>? include = null)
    {
        ArgumentNullException.ThrowIfNull(weights);
        Span<double> sums = stackalloc double[Bits];
        Span<float> values = stackalloc float[Samples];
        sums.Clear();
        uint element = 0;
        foreach (TensorInfo tensor in weights.Tensors.Values.Where(
            t => t.Type.IsFloat() && t.Shape.ElementCount >= Samples && (include is null || include(t.Name)))
            .OrderBy(t => t.Name, StringComparer.Ordinal))
        {
            Take(weights, tensor, values);
            double power = 0;
            foreach (float value in values) power += (double)value * value;
            double scale = power > 0 && double.IsFinite(power) ? 1 / Math.Sqrt(power / Samples) : 0;
            foreach (float value in values)
            {
                double v = scale == 0 ? 0 : value * scale;
                for (uint word = 0; word < Bits / 32; word++)
                {
                    uint signs = Hash(element * (Bits / 32) + word);
                    for (int bit = 0; bit < 32; bit++) sums[(int)word * 32 + bit] += (signs >> bit & 1) == 0 ? v : -v;
                }
                element++;
            }
        }
        Span<ulong> words = stackalloc ulong[Bits / 64];
        words.Clear();
        for (int i = 0; i < Bits; i++)
            if (sums[i] > 0) words[i / 64] |= 1UL << (i % 64);
        return new WeightSketch(words);
    }

    /// <summary>Reads the text form.</summary>
    /// <exception cref="FormatException">The text is not 64 hexadecimal digits.</exception>
    public static WeightSketch Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length != Bits / 4) throw new FormatException($"a weight sketch has {Bits / 4} hexadecimal digits, not {text.Length} characters");
        Span<ulong> words = stackalloc ulong[Bits / 64];
        for (int i = 0; i < words.Length; i++)
            words[i] = ulong.Parse(text.AsSpan(16 * i, 16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        return new WeightSketch(words);
    }

    /// <summary>The number of bits in which two sketches differ, 0 to 256.</summary>
    public int Distance(WeightSketch other)
        => BitOperations.PopCount(a ^ other.a) + BitOperations.PopCount(b ^ other.b) + BitOperations.PopCount(c ^ other.c)
        + BitOperations.PopCount(d ^ other.d);

    /// <inheritdoc/>
    public bool Equals(WeightSketch other) => Distance(other) == 0;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is WeightSketch other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(a, b, c, d);

    /// <summary>Whether two sketches agree in every bit.</summary>
    public static bool operator ==(WeightSketch left, WeightSketch right) => left.Equals(right);

    /// <summary>Whether two sketches differ in any bit.</summary>
    public static bool operator !=(WeightSketch left, WeightSketch right) => !left.Equals(right);

    /// <summary>64 lower-case hexadecimal digits.</summary>
    public override string ToString() => $"{a:x16}{b:x16}{c:x16}{d:x16}";

    private static void Take(WeightSource source, TensorInfo tensor, Span<float> values)
    {
        long count = tensor.Shape.ElementCount;
        int block = tensor.Type.BlockLength();
        Span<float> whole = stackalloc float[256];      // the longest block of a quantised type
        whole = whole[..block];
        for (int k = 0; k < values.Length; k++)
        {
            long position = (long)((Int128)k * count / values.Length);
            long first = position / block * block;
            source.Read(tensor, first, whole);
            values[k] = whole[(int)(position - first)];
        }
    }

    // The finaliser of MurmurHash3 (Austin Appleby, public domain).
    private static uint Hash(uint x)
    {
        x ^= x >> 16;
        x *= 0x85EB_CA6B;
        x ^= x >> 13;
        x *= 0xC2B2_AE35;
        return x ^ x >> 16;
    }
}
