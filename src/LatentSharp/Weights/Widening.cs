using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using LatentSharp.Tensors;

namespace LatentSharp.Weights;

/// <summary>
/// Stored elements to float32. The source is little-endian and may lie at any address. Exact for every type but F64 and the wide integers,
/// which are rounded to nearest.
/// </summary>
internal static class Widening
{
    private static readonly float[] E4M3 = Table(static code => Float8.FromE4M3(code));
    private static readonly float[] E5M2 = Table(static code => Float8.FromE5M2(code));
    private static readonly float[] E4M3FNUZ = Table(static code => Float8.FromE4M3FNUZ(code));
    private static readonly float[] E5M2FNUZ = Table(static code => Float8.FromE5M2FNUZ(code));
    private static readonly float[] E8M0 = Table(static code => Float8.FromE8M0(code));

    /// <summary>Widens as many elements as <paramref name="destination"/> takes.</summary>
    public static void ToSingle(ElementType type, ReadOnlySpan<byte> source, Span<float> destination)
    {
        switch (type)
        {
            case ElementType.F32:
                for (int i = 0; i < destination.Length; i++) destination[i] = BinaryPrimitives.ReadSingleLittleEndian(source[(4 * i)..]);
                break;
            case ElementType.F64:
                for (int i = 0; i < destination.Length; i++)
                    destination[i] = (float)BinaryPrimitives.ReadDoubleLittleEndian(source[(8 * i)..]);
                break;
            case ElementType.BF16: FromBF16(source, destination); break;
            case ElementType.F16: FromF16(source, destination); break;
            case ElementType.F8_E4M3: FromTable(E4M3, source, destination); break;
            case ElementType.F8_E5M2: FromTable(E5M2, source, destination); break;
            case ElementType.F8_E8M0: FromTable(E8M0, source, destination); break;
            case ElementType.F8_E4M3FNUZ: FromTable(E4M3FNUZ, source, destination); break;
            case ElementType.F8_E5M2FNUZ: FromTable(E5M2FNUZ, source, destination); break;
            case ElementType.F4 or ElementType.F6_E2M3 or ElementType.F6_E3M2 or ElementType.C64: throw Refused(type, "", "elements");
            case ElementType.I64: FromIntegers<long>(source, destination); break;
            case ElementType.U64: FromIntegers<ulong>(source, destination); break;
            case ElementType.I32: FromIntegers<int>(source, destination); break;
            case ElementType.U32: FromIntegers<uint>(source, destination); break;
            case ElementType.I16: FromIntegers<short>(source, destination); break;
            case ElementType.U16: FromIntegers<ushort>(source, destination); break;
            case ElementType.I8: FromIntegers<sbyte>(source, destination); break;
            case ElementType.U8 or ElementType.Bool: FromIntegers<byte>(source, destination); break;
            default: Dequantization.ToSingle(type, source, destination); break;
        }
    }

    /// <summary>Refuses a tensor of a type that is listed but not computed with.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="source">What messages call the source that holds it.</param>
    /// <exception cref="LatentSharpException">Elements of its type are not computed with.</exception>
    public static void RequireReadable(TensorInfo tensor, string source)
    {
        if (tensor.Type is ElementType.F4 or ElementType.F6_E2M3 or ElementType.F6_E3M2 or ElementType.C64)
            throw Refused(tensor.Type, source, $"the elements of {tensor.Name}");
    }

    private static LatentSharpException Refused(ElementType type, string source, string what)
        => new(ErrorKind.BadInput, source, $"{what} are of type {type.Name()}, which is not computed with.", "Look for a version in F32, F16 or BF16.");

    private static void FromIntegers<T>(ReadOnlySpan<byte> source, Span<float> destination) where T : unmanaged, IBinaryInteger<T>
    {
        int size = Unsafe.SizeOf<T>();
        bool unsigned = T.Zero - T.One > T.Zero;
        for (int i = 0; i < destination.Length; i++)
            destination[i] = float.CreateChecked(T.ReadLittleEndian(source.Slice(i * size, size), unsigned));
    }

    private static void FromBF16(ReadOnlySpan<byte> source, Span<float> destination)
    {
        int i = 0;
        if (Vector256.IsHardwareAccelerated && BitConverter.IsLittleEndian)
        {
            ref byte from = ref MemoryMarshal.GetReference(source[..(2 * destination.Length)]);
            ref float to = ref MemoryMarshal.GetReference(destination);
            for (; i <= destination.Length - Vector256<ushort>.Count; i += Vector256<ushort>.Count)
            {
                (Vector256<uint> low, Vector256<uint> high) =
                    Vector256.Widen(Unsafe.ReadUnaligned<Vector256<ushort>>(ref Unsafe.Add(ref from, 2 * i)));
                Vector256.StoreUnsafe((low << 16).AsSingle(), ref to, (nuint)i);
                Vector256.StoreUnsafe((high << 16).AsSingle(), ref to, (nuint)(i + Vector256<float>.Count));
            }
        }
        for (; i < destination.Length; i++)
            destination[i] = BitConverter.UInt32BitsToSingle((uint)BinaryPrimitives.ReadUInt16LittleEndian(source[(2 * i)..]) << 16);
    }

    private static void FromF16(ReadOnlySpan<byte> source, Span<float> destination)
    {
        int i = 0;
        if (Vector256.IsHardwareAccelerated && BitConverter.IsLittleEndian)
        {
            ref byte from = ref MemoryMarshal.GetReference(source[..(2 * destination.Length)]);
            ref float to = ref MemoryMarshal.GetReference(destination);
            for (; i <= destination.Length - Vector256<ushort>.Count; i += Vector256<ushort>.Count)
            {
                (Vector256<uint> low, Vector256<uint> high) =
                    Vector256.Widen(Unsafe.ReadUnaligned<Vector256<ushort>>(ref Unsafe.Add(ref from, 2 * i)));
                Vector256.StoreUnsafe(HalfBits(low), ref to, (nuint)i);
                Vector256.StoreUnsafe(HalfBits(high), ref to, (nuint)(i + Vector256<float>.Count));
            }
        }
        for (; i < destination.Length; i++) destination[i] = (float)BinaryPrimitives.ReadHalfLittleEndian(source[(2 * i)..]);
    }

    // .NET offers no vector conversion from Half. Exponent and mantissa are shifted into place and the exponent is re-biased; infinities
    // and NaN get the largest exponent; subnormals are built as 2^-14 + m and 2^-14 is taken off again, which the float unit normalises
    // exactly.
    private static Vector256<float> HalfBits(Vector256<uint> half)
    {
        Vector256<uint> sign = (half & Vector256.Create(0x8000u)) << 16;
        Vector256<uint> bits = (half & Vector256.Create(0x7fffu)) << 13;
        Vector256<uint> exponent = bits & Vector256.Create(0x0f80_0000u);
        bits += Vector256.Create((127u - 15u) << 23);
        bits += Vector256.Equals(exponent, Vector256.Create(0x0f80_0000u)) & Vector256.Create((128u - 16u) << 23);
        Vector256<uint> subnormal = (((bits + Vector256.Create(1u << 23)).AsSingle()) - Vector256.Create(113u << 23).AsSingle()).AsUInt32();
        bits = Vector256.ConditionalSelect(Vector256.Equals(exponent, Vector256<uint>.Zero), subnormal, bits);
        return (bits | sign).AsSingle();
    }

    private static void FromTable(float[] table, ReadOnlySpan<byte> source, Span<float> destination)
    {
        source = source[..destination.Length];
        for (int i = 0; i < source.Length; i++) destination[i] = table[source[i]];
    }

    private static float[] Table(Func<byte, float> decode)
    {
        var table = new float[256];
        for (int code = 0; code < table.Length; code++) table[code] = decode((byte)code);
        return table;
    }
}
