using System.Buffers.Binary;
using LatentSharp.Tensors;

namespace LatentSharp.Weights;

/// <summary>
/// The block types of GGUF to float32, bit for bit as the reference functions of ggml compute them (commit d99724f, ggml-quants.c): every
/// product and sum is rounded to float32 in the order written, nothing is fused. Scales called d, m and dmin are binary16.
/// </summary>
internal static class Dequantization
{
    /// <summary>Dequantises whole blocks.</summary>
    public static void ToSingle(ElementType type, ReadOnlySpan<byte> source, Span<float> destination)
    {
        int length = type.BlockLength(), bytes = type.BlockBytes();
        while (destination.Length > 0)
        {
            ReadOnlySpan<byte> block = source[..bytes];
            Span<float> values = destination[..length];
            switch (type)
            {
                case ElementType.Q4_0: Q4_0(block, values); break;
                case ElementType.Q4_1: Q4_1(block, values); break;
                case ElementType.Q5_0: Q5_0(block, values); break;
                case ElementType.Q5_1: Q5_1(block, values); break;
                case ElementType.Q8_0: Q8_0(block, values); break;
                case ElementType.Q2_K: Q2_K(block, values); break;
                case ElementType.Q3_K: Q3_K(block, values); break;
                case ElementType.Q4_K: Q4_K(block, values); break;
                case ElementType.Q5_K: Q5_K(block, values); break;
                case ElementType.Q6_K: Q6_K(block, values); break;
                default: throw new ArgumentOutOfRangeException(nameof(type), type, "not a type that is stored in blocks");
            }
            source = source[bytes..];
            destination = destination[length..];
        }
    }

    private static float Half(ReadOnlySpan<byte> bytes) => (float)BinaryPrimitives.ReadHalfLittleEndian(bytes);

    // d, 16 bytes: low nibbles are values 0..15, high nibbles 16..31.
    private static void Q4_0(ReadOnlySpan<byte> block, Span<float> y)
    {
        float d = Half(block);
        for (int i = 0; i < 16; i++)
        {
            byte q = block[2 + i];
            y[i] = ((q & 15) - 8) * d;
            y[16 + i] = ((q >> 4) - 8) * d;
        }
    }

    private static void Q4_1(ReadOnlySpan<byte> block, Span<float> y)
    {
        float d = Half(block), m = Half(block[2..]);
        for (int i = 0; i < 16; i++)
        {
            byte q = block[4 + i];
            y[i] = (q & 15) * d + m;
            y[16 + i] = (q >> 4) * d + m;
        }
    }

    // d, a 32-bit mask of fifth bits (bit i belongs to value i), nibbles as in Q4_0.
    private static void Q5_0(ReadOnlySpan<byte> block, Span<float> y)
    {
        float d = Half(block);
        uint high = BinaryPrimitives.ReadUInt32LittleEndian(block[2..]);
        for (int i = 0; i < 16; i++)
        {
            byte q = block[6 + i];
            y[i] = ((q & 15) + Bit(high, i, 16) - 16) * d;
            y[16 + i] = ((q >> 4) + Bit(high, 16 + i, 16) - 16) * d;
        }
    }

    private static void Q5_1(ReadOnlySpan<byte> block, Span<float> y)
    {
        float d = Half(block), m = Half(block[2..]);
        uint high = BinaryPrimitives.ReadUInt32LittleEndian(block[4..]);
        for (int i = 0; i < 16; i++)
        {
            byte q = block[8 + i];
            y[i] = ((q & 15) + Bit(high, i, 16)) * d + m;
            y[16 + i] = ((q >> 4) + Bit(high, 16 + i, 16)) * d + m;
        }
    }

    private static void Q8_0(ReadOnlySpan<byte> block, Span<float> y)
    {
        float d = Half(block);
        for (int i = 0; i < 32; i++) y[i] = (sbyte)block[2 + i] * d;
    }

    // 16 bytes (low nibble scale, high nibble minimum, one per 16 values), 64 bytes of 2-bit values, d, dmin.
    private static void Q2_K(ReadOnlySpan<byte> block, Span<float> y)
    {
        float d = Half(block[80..]), dmin = Half(block[82..]);
        for (int n = 0; n < 16; n++)
        {
            float scale = d * (block[n] & 15), minimum = dmin * (block[n] >> 4);
            ReadOnlySpan<byte> qs = block.Slice(16 + 32 * (n / 8) + 16 * (n % 2), 16);
            int shift = 2 * (n % 8 / 2);
            for (int i = 0; i < 16; i++) y[16 * n + i] = scale * ((qs[i] >> shift) & 3) - minimum;
        }
    }

    // 32 bytes of third bits (a clear bit subtracts 4), 64 bytes of 2-bit values, 12 bytes of sixteen 6-bit scales, d.
    private static void Q3_K(ReadOnlySpan<byte> block, Span<float> y)
    {
        float d = Half(block[108..]);
        ReadOnlySpan<byte> scales = block.Slice(96, 12);
        for (int n = 0; n < 16; n++)
        {
            int scale = ((scales[n % 8] >> (4 * (n / 8))) & 15) | (((scales[8 + n % 4] >> (2 * (n / 4))) & 3) << 4);
            float step = d * (scale - 32);
            int half = n / 8, k = n % 8 / 2;
            ReadOnlySpan<byte> qs = block.Slice(32 + 32 * half + 16 * (n % 2), 16), mask = block.Slice(16 * (n % 2), 16);
            for (int i = 0; i < 16; i++)
            {
                int q = (qs[i] >> (2 * k)) & 3;
                if ((mask[i] >> (4 * half + k) & 1) == 0) q -= 4;
                y[16 * n + i] = step * q;
            }
        }
    }

    // d, dmin, 12 bytes of eight 6-bit scales and eight 6-bit minimums, 128 bytes: sub-block j of 32 has the low (j even) or high (j odd)
    // nibbles of bytes 32*(j/2)...
    private static void Q4_K(ReadOnlySpan<byte> block, Span<float> y)
    {
        float d = Half(block), dmin = Half(block[2..]);
        for (int j = 0; j < 8; j++)
        {
            (int scale, int minimum) = ScaleAndMinimum(block.Slice(4, 12), j);
            float step = d * scale, offset = dmin * minimum;
            ReadOnlySpan<byte> qs = block.Slice(16 + 32 * (j / 2), 32);
            for (int i = 0; i < 32; i++) y[32 * j + i] = step * (qs[i] >> (4 * (j % 2)) & 15) - offset;
        }
    }

    // As Q4_K with 32 bytes of fifth bits before the nibbles: bit j of byte i belongs to value i of sub-block j.
    private static void Q5_K(ReadOnlySpan<byte> block, Span<float> y)
    {
        float d = Half(block), dmin = Half(block[2..]);
        ReadOnlySpan<byte> high = block.Slice(16, 32);
        for (int j = 0; j < 8; j++)
        {
            (int scale, int minimum) = ScaleAndMinimum(block.Slice(4, 12), j);
            float step = d * scale, offset = dmin * minimum;
            ReadOnlySpan<byte> qs = block.Slice(48 + 32 * (j / 2), 32);
            for (int i = 0; i < 32; i++)
                y[32 * j + i] = step * ((qs[i] >> (4 * (j % 2)) & 15) + Bit(high[i], j, 16)) - offset;
        }
    }

    // 128 bytes of low nibbles, 64 bytes of high bit pairs, 16 signed scales, d.
    private static void Q6_K(ReadOnlySpan<byte> block, Span<float> y)
    {
        float d = Half(block[208..]);
        for (int half = 0; half < 2; half++)
            for (int k = 0; k < 4; k++)
                for (int i = 0; i < 32; i++)
                {
                    int low = block[64 * half + 32 * (k % 2) + i] >> (4 * (k / 2)) & 15;
                    int high = block[128 + 32 * half + i] >> (2 * k) & 3;
                    float step = d * (sbyte)block[192 + 8 * half + 2 * k + i / 16];
                    y[128 * half + 32 * k + i] = step * ((low | high << 4) - 32);
                }
    }

    private static int Bit(uint bits, int index, int value) => (bits >> index & 1) == 0 ? 0 : value;

    private static (int Scale, int Minimum) ScaleAndMinimum(ReadOnlySpan<byte> b, int j) => j < 4
        ? (b[j] & 63, b[j + 4] & 63)
        : ((b[j + 4] & 15) | (b[j - 4] >> 6) << 4, (b[j + 4] >> 4) | (b[j] >> 6) << 4);
}
