using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace LatentSharp.Cpu.Kernels.Int8;

/// <summary>Dot products of four bytes each, in the lanes of a register.</summary>
internal unsafe interface IByteDot<W> where W : unmanaged
{
    /// <inheritdoc cref="IByteTile.Name"/>
    static abstract string Name { get; }

    /// <inheritdoc cref="IByteTile.Offset"/>
    static abstract int Offset { get; }

    /// <summary>Lanes of 32 bits.</summary>
    static abstract int Lanes { get; }

    static abstract W Load(void* source);

    /// <summary>The same four bytes in every lane.</summary>
    static abstract W Broadcast(byte* source);

    /// <summary>Adds the four products of each lane; the first factor is unsigned where there is an <see cref="Offset"/>.</summary>
    static abstract W Dot(W sum, W row, W codes);

    /// <summary>
    /// Two registers of sums, less <see cref="IByteTile.Base"/>, times the scales of their columns and of their row, added to what is there.
    /// </summary>
    static abstract void AddScaled(W first, W second, W firstScales, W secondScales, float scale, float* c);
}

/// <summary>VPDPBUSD on 256 bits.</summary>
internal readonly unsafe struct VnniDot : IByteDot<Vector256<int>>
{
    public static string Name => "AVX-VNNI";

    public static int Offset => 128;

    public static int Lanes => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Load(void* source) => Vector256.Load((int*)source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Broadcast(byte* source) => Vector256.Create(*(int*)source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Dot(Vector256<int> sum, Vector256<int> row, Vector256<int> codes)
        => AvxVnni.MultiplyWideningAndAdd(sum, row.AsByte(), codes.AsSByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddScaled(Vector256<int> first, Vector256<int> second, Vector256<int> firstScales, Vector256<int> secondScales,
        float scale, float* c)
    {
        Vector256<float> scales = Vector256.Create(scale), start = Vector256.Create(IByteTile.Base);
        Fma.MultiplyAdd(first.AsSingle() - start, firstScales.AsSingle() * scales, Vector256.Load(c)).Store(c);
        Fma.MultiplyAdd(second.AsSingle() - start, secondScales.AsSingle() * scales, Vector256.Load(c + 8)).Store(c + 8);
    }
}

/// <summary>SDOT on 128 bits.</summary>
internal readonly unsafe struct DpDot : IByteDot<Vector128<int>>
{
    public static string Name => "Dp";

    public static int Offset => 0;

    public static int Lanes => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Load(void* source) => Vector128.Load((int*)source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Broadcast(byte* source) => Vector128.Create(*(int*)source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Dot(Vector128<int> sum, Vector128<int> row, Vector128<int> codes)
        => Dp.DotProduct(sum, row.AsSByte(), codes.AsSByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddScaled(Vector128<int> first, Vector128<int> second, Vector128<int> firstScales, Vector128<int> secondScales,
        float scale, float* c)
    {
        Vector128<float> scales = Vector128.Create(scale), start = Vector128.Create(IByteTile.Base);
        AdvSimd.FusedMultiplyAdd(Vector128.Load(c), first.AsSingle() - start, firstScales.AsSingle() * scales).Store(c);
        AdvSimd.FusedMultiplyAdd(Vector128.Load(c + 4), second.AsSingle() - start, secondScales.AsSingle() * scales).Store(c + 4);
    }
}

/// <summary>The plain twin that the others are tested against.</summary>
internal readonly unsafe struct PlainDot : IByteDot<int>
{
    public static string Name => "plain";

    public static int Offset => 0;

    public static int Lanes => 1;

    public static int Load(void* source) => *(int*)source;

    public static int Broadcast(byte* source) => *(int*)source;

    public static int Dot(int sum, int row, int codes)
    {
        for (int shift = 0; shift < 32; shift += 8) sum += (sbyte)(row >> shift) * (sbyte)(codes >> shift);
        return sum;
    }

    public static void AddScaled(int first, int second, int firstScales, int secondScales, float scale, float* c)
    {
        c[0] = MathF.FusedMultiplyAdd(Float(first) - IByteTile.Base, Float(firstScales) * scale, c[0]);
        c[1] = MathF.FusedMultiplyAdd(Float(second) - IByteTile.Base, Float(secondScales) * scale, c[1]);
    }

    private static float Float(int bits) => BitConverter.Int32BitsToSingle(bits);
}
