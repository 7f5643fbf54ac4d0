using System.Buffers.Binary;
using LatentSharp.Tensors;
using LatentSharp.Weights;

namespace LatentSharp.Tests.Weights;

public class WideningTests
{
    // All 65,536 codes, from every alignment and with a tail: the vector path agrees with .NET's own conversion from Half.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public void F16_agrees_with_the_framework_for_every_code(int misalignment)
    {
        byte[] bytes = Codes16(misalignment);
        var values = new float[65536];
        Widening.ToSingle(ElementType.F16, bytes.AsSpan(misalignment), values);
        for (int code = 0; code < values.Length; code++) AssertSame((float)BitConverter.UInt16BitsToHalf((ushort)code), values[code], code);
    }

    [Fact]
    public void BF16_is_the_upper_half_of_a_float()
    {
        byte[] bytes = Codes16(1);
        var values = new float[65535];
        Widening.ToSingle(ElementType.BF16, bytes.AsSpan(1), values);
        for (int code = 0; code < values.Length; code++) AssertSame(BitConverter.UInt32BitsToSingle((uint)code << 16), values[code], code);
    }

    [Fact]
    public void Every_length_is_widened_completely_and_nothing_beyond_it()
    {
        byte[] bytes = Codes16(0);
        foreach (ElementType type in new[] { ElementType.BF16, ElementType.F16 })
            for (int length = 0; length < 70; length++)
            {
                var values = new float[length + 1];
                values[length] = 42;
                Widening.ToSingle(type, bytes.AsSpan(2 * 0x3c00, 2 * length), values.AsSpan(0, length));
                Assert.DoesNotContain(0f, values.AsSpan(0, length).ToArray());
                Assert.Equal(42, values[length]);
            }
    }

    /// <summary>The largest and the smallest value of every type, one after the other, as C# casts them.</summary>
    [Fact]
    public void Integers_are_rounded_to_the_nearest_float()
    {
        Check(ElementType.I64, long.MaxValue, long.MinValue, BitConverter.GetBytes);
        Check(ElementType.U64, ulong.MaxValue, ulong.MinValue, BitConverter.GetBytes);
        Check(ElementType.I32, int.MaxValue, int.MinValue, BitConverter.GetBytes);
        Check(ElementType.U32, uint.MaxValue, uint.MinValue, BitConverter.GetBytes);
        Check(ElementType.I16, short.MaxValue, short.MinValue, BitConverter.GetBytes);
        Check(ElementType.U16, ushort.MaxValue, ushort.MinValue, BitConverter.GetBytes);
        Check(ElementType.I8, sbyte.MaxValue, sbyte.MinValue, v => [(byte)v]);
        Check(ElementType.U8, byte.MaxValue, byte.MinValue, v => [v]);

        static void Check<T>(ElementType type, T most, T least, Func<T, byte[]> bytes) where T : System.Numerics.INumber<T>
        {
            var values = new float[2];
            Widening.ToSingle(type, [.. bytes(most), .. bytes(least)], values);
            Assert.Equal([(float)double.CreateChecked(most), (float)double.CreateChecked(least)], values);
        }
    }

    [Fact]
    public void F8_E4M3_survives_a_round_trip_and_rounds_to_nearest_even()
    {
        for (int code = 0; code < 256; code++)
        {
            float value = Float8.FromE4M3((byte)code);
            if (float.IsNaN(value)) Assert.True(float.IsNaN(Float8.FromE4M3(Float8.ToE4M3(value))));
            else Assert.Equal(code, Float8.ToE4M3(value));
        }
        // Half-way points go to the even code, the neighbours of half-way points to the nearer one.
        for (int code = 0; code < 0x7E; code++)
        {
            float middle = (Float8.FromE4M3((byte)code) + Float8.FromE4M3((byte)(code + 1))) / 2;
            Assert.Equal(code + (code & 1), Float8.ToE4M3(middle));
            Assert.Equal(code, Float8.ToE4M3(MathF.BitDecrement(middle)));
            Assert.Equal(code + 1, Float8.ToE4M3(MathF.BitIncrement(middle)));
        }
        Assert.Equal(0x7E, Float8.ToE4M3(464));
        Assert.Equal(0x7F, Float8.ToE4M3(MathF.BitIncrement(464)));
        Assert.Equal(0xFF, Float8.ToE4M3(float.NegativeInfinity));
    }

    private static byte[] Codes16(int misalignment)
    {
        var bytes = new byte[2 * 65536 + misalignment];
        for (int code = 0; code < 65536; code++)
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(misalignment + 2 * code), (ushort)code);
        return bytes;
    }

    private static void AssertSame(float expected, float found, int code)
    {
        if (float.IsNaN(expected)) Assert.True(float.IsNaN(found), $"code {code:X4}");
        else Assert.True(BitConverter.SingleToInt32Bits(expected) == BitConverter.SingleToInt32Bits(found),
            $"code {code:X4}: expected {expected:R}, found {found:R}");
    }
}
