using System.Buffers.Binary;
using LatentSharp.Tensors;

namespace LatentSharp.Tests.Cpu;

/// <summary>Numbers, the same on every run, and how a file would store them as each type.</summary>
internal static class StoredValues
{
    /// <summary>Numbers between -1 and 1.</summary>
    public static float[] Numbers(int count, uint seed)
    {
        var values = new float[count];
        for (uint i = 0; i < count; i++) values[i] = Hash(i * 7919 + seed * 104729) / (float)uint.MaxValue * 2 - 1;
        return values;
    }

    /// <summary>
    /// The bytes of a weight. Floats are rounded by cutting bits off; blocks are random bytes whose scales, binary16 numbers, are kept
    /// small.
    /// </summary>
    public static byte[] Of(ElementType type, int count)
    {
        float[] values = Numbers(count, 2);
        var bytes = new byte[count / type.BlockLength() * type.BlockBytes()];
        for (int i = 0; i < (type.BlockLength() == 1 ? count : 0); i++)
        {
            Span<byte> to = bytes.AsSpan(i * type.BlockBytes());
            ushort half = BitConverter.HalfToUInt16Bits((Half)values[i]);
            if (type == ElementType.F32) BinaryPrimitives.WriteSingleLittleEndian(to, values[i]);
            else if (type == ElementType.BF16)
                BinaryPrimitives.WriteUInt16LittleEndian(to, (ushort)(BitConverter.SingleToUInt32Bits(values[i]) >> 16));
            else if (type == ElementType.F16) BinaryPrimitives.WriteUInt16LittleEndian(to, half);
            else to[0] = type == ElementType.F8_E5M2 ? (byte)(half >> 8) : (byte)(Hash((uint)i) % 127 | (Hash((uint)i + 1) & 128));
            // The types without a negative zero keep that code for their one NaN.
            if (to[0] == 128 && type.Name().EndsWith("FNUZ", StringComparison.Ordinal)) to[0] = 1;
        }
        if (type.BlockLength() > 1)
        {
            for (int i = 0; i < bytes.Length; i++) bytes[i] = (byte)Hash((uint)i);
            int[] scales = type switch
            {
                ElementType.Q4_1 or ElementType.Q5_1 or ElementType.Q4_K or ElementType.Q5_K => [0, 2],
                ElementType.Q2_K => [80, 82],
                ElementType.Q3_K => [108],
                ElementType.Q6_K => [208],
                _ => [0],
            };
            for (int block = 0; block < bytes.Length; block += type.BlockBytes())
                foreach (int at in scales)
                    BinaryPrimitives.WriteHalfLittleEndian(bytes.AsSpan(block + at), (Half)(values[block % count] * 0.1f));
        }
        return bytes;
    }

    private static uint Hash(uint x)
    {
        x = (x ^ (x >> 16)) * 0x7feb352d;
        x = (x ^ (x >> 15)) * 0x846ca68b;
        return x ^ (x >> 16);
    }
}
