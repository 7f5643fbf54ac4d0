using System.Runtime.CompilerServices;
using LatentSharp.Cpu.Simd;

namespace LatentSharp.Cpu.Kernels.Matrix;

/// <summary>
/// A way of storing single values that a register of them is widened from in a few instructions. As a type, so that loops are compiled for
/// each separately.
/// </summary>
internal unsafe interface IStoredElement<V> where V : unmanaged
{
    /// <summary>Bytes of a value.</summary>
    static abstract int Bytes { get; }

    /// <summary>Widens as many values as there are lanes.</summary>
    static abstract V Load(byte* source);
}

internal readonly unsafe struct StoredF32<S, V> : IStoredElement<V> where S : ISimd<V> where V : unmanaged
{
    public static int Bytes => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Load(byte* source) => S.Load((float*)source);
}

/// <summary>The upper half of a float32.</summary>
internal readonly unsafe struct StoredBF16<S, V> : IStoredElement<V> where S : ISimd<V> where V : unmanaged
{
    public static int Bytes => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Load(byte* source) => S.ShiftLeft(S.LoadBits16(source), 16);
}

/// <summary>
/// Exponent and mantissa are shifted to the place that float32 has them at; a product with a power of two moves the bias of the exponent,
/// subnormal values included, exactly.
/// </summary>
internal readonly unsafe struct StoredF16<S, V> : IStoredElement<V> where S : ISimd<V> where V : unmanaged
{
    public static int Bytes => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Load(byte* source) => FromBits(S.LoadBits16(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V FromBits(V half)
    {
        // 2^112 = 2^(127 - 15). From 65536 on it is an infinity or NaN: the largest exponent of float32.
        V size = S.Multiply(S.ShiftLeft(S.And(half, 0x7fff), 13), S.Broadcast(5.192296858534828e33f));
        V special = S.Or(size, S.Broadcast(float.PositiveInfinity));
        return S.Or(S.SelectLess(size, S.Broadcast(65536f), size, special), S.ShiftLeft(S.And(half, 0x8000), 16));
    }
}

/// <summary>The upper half of a binary16.</summary>
internal readonly unsafe struct StoredE5M2<S, V> : IStoredElement<V> where S : ISimd<V> where V : unmanaged
{
    public static int Bytes => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Load(byte* source) => StoredF16<S, V>.FromBits(S.ShiftLeft(S.LoadBits8(source), 8));
}

/// <summary>As binary16 with a bias of 7 and one NaN, which would read as 480.</summary>
internal readonly unsafe struct StoredE4M3<S, V> : IStoredElement<V> where S : ISimd<V> where V : unmanaged
{
    public static int Bytes => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Load(byte* source)
    {
        V bits = S.LoadBits8(source);
        // 2^120 = 2^(127 - 7).
        V size = S.Multiply(S.ShiftLeft(S.And(bits, 0x7f), 20), S.Broadcast(1.329227995784916e36f));
        V value = S.SelectLess(size, S.Broadcast(479f), size, S.Broadcast(float.NaN));
        return S.Or(value, S.ShiftLeft(S.And(bits, 0x80), 24));
    }
}
