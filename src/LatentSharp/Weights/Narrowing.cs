using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using LatentSharp.Tensors;

namespace LatentSharp.Weights;

/// <summary>Float32 to stored elements, rounded to nearest, ties to even.</summary>
internal static class Narrowing
{
    /// <summary>Whether <see cref="FromSingle"/> can make the type.</summary>
    public static bool Supports(ElementType type) => type is ElementType.F32 or ElementType.F16 or ElementType.BF16 or ElementType.F8_E4M3;

    /// <summary>
    /// Rounds and stores all values. Finite values beyond the range of F16 become infinite, beyond that of F8_E4M3 NaN (it has no
    /// infinity), as in PyTorch.
    /// </summary>
    /// <returns>The number of finite values that did not stay finite.</returns>
    public static long FromSingle(ElementType type, ReadOnlySpan<float> source, Span<byte> destination)
    {
        switch (type)
        {
            case ElementType.F32:
                if (BitConverter.IsLittleEndian) MemoryMarshal.AsBytes(source).CopyTo(destination);
                else for (int i = 0; i < source.Length; i++) BinaryPrimitives.WriteSingleLittleEndian(destination[(4 * i)..], source[i]);
                return 0;
            case ElementType.BF16: return ToBF16(source, destination);
            case ElementType.F16: return ToF16(source, destination);
            case ElementType.F8_E4M3: return ToE4M3(source, destination);
            default: throw new ArgumentOutOfRangeException(nameof(type), type, "weights are written as F32, F16, BF16 or F8_E4M3");
        }
    }

    /// <summary>The bfloat16 nearest to a float, ties to even; every NaN becomes the quiet NaN 0x7FC0.</summary>
    public static ushort BF16(float value)
    {
        if (float.IsNaN(value)) return 0x7FC0;
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return (ushort)((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
    }

    private static long ToBF16(ReadOnlySpan<float> source, Span<byte> destination)
    {
        destination = destination[..(2 * source.Length)];
        long lost = 0;
        int i = 0;
        if (BitConverter.IsLittleEndian)
        {
            Span<ushort> codes = MemoryMarshal.Cast<byte, ushort>(destination);
            ReadOnlySpan<uint> bits = MemoryMarshal.Cast<float, uint>(source);
            // Infinities pass through the rounding unchanged and NaN must not; blocks that hold either, or that would overflow, are left to
            // the scalar loop.
            Vector<uint> largest = new(0x7F7F_7FFF), absolute = new(0x7FFF_FFFF), one = new(1), half = new(0x7FFF);
            for (; i <= bits.Length - 2 * Vector<uint>.Count; i += 2 * Vector<uint>.Count)
            {
                Vector<uint> low = new(bits[i..]), high = new(bits[(i + Vector<uint>.Count)..]);
                if (Vector.GreaterThanAny(low & absolute, largest) || Vector.GreaterThanAny(high & absolute, largest))
                {
                    lost += Scalar(source, destination, i, i + 2 * Vector<uint>.Count);
                    continue;
                }
                low = (low + half + (low >>> 16 & one)) >>> 16;
                high = (high + half + (high >>> 16 & one)) >>> 16;
                Vector.Narrow(low, high).CopyTo(codes[i..]);
            }
        }
        return lost + Scalar(source, destination, i, source.Length);

        static long Scalar(ReadOnlySpan<float> source, Span<byte> destination, int from, int to)
        {
            long lost = 0;
            for (int i = from; i < to; i++)
            {
                ushort code = BF16(source[i]);
                BinaryPrimitives.WriteUInt16LittleEndian(destination[(2 * i)..], code);
                if ((code & 0x7FFF) == 0x7F80 && float.IsFinite(source[i])) lost++;
            }
            return lost;
        }
    }

    private static long ToF16(ReadOnlySpan<float> source, Span<byte> destination)
    {
        long lost = 0;
        for (int i = 0; i < source.Length; i++)
        {
            var half = (Half)source[i];
            if (!Half.IsFinite(half) && float.IsFinite(source[i])) lost++;
            BinaryPrimitives.WriteHalfLittleEndian(destination[(2 * i)..], half);
        }
        return lost;
    }

    private static long ToE4M3(ReadOnlySpan<float> source, Span<byte> destination)
    {
        long lost = 0;
        for (int i = 0; i < source.Length; i++)
        {
            byte code = Float8.ToE4M3(source[i]);
            if ((code & 0x7F) == 0x7F && float.IsFinite(source[i])) lost++;
            destination[i] = code;
        }
        return lost;
    }
}
