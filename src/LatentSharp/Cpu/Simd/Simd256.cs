using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using V256 = System.Runtime.Intrinsics.Vector256<float>;

namespace LatentSharp.Cpu.Simd;

/// <summary>256-bit vectors.</summary>
internal readonly unsafe struct Simd256 : ISimd<V256>
{
    public static int Lanes => 8;

    public static int Registers => 16;

    public static V256 Zero => V256.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256 Load(float* source) => Vector256.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float* destination, V256 value) => value.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreStreaming(float* destination, V256 value) => value.StoreAlignedNonTemporal(destination);

    public static void EndStreaming() => Thread.MemoryBarrier();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch(float* address)
    {
        if (Sse.IsSupported) Sse.Prefetch1(address);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256 Broadcast(float value) => Vector256.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256 Add(V256 a, V256 b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256 Subtract(V256 a, V256 b) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256 Multiply(V256 a, V256 b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256 Divide(V256 a, V256 b) => a / b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256 Max(V256 a, V256 b) => Vector256.MaxNative(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256 Min(V256 a, V256 b) => Vector256.MinNative(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256 Abs(V256 a) => Vector256.Abs(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256 MultiplyAdd(V256 a, V256 b, V256 c) => Vector256.MultiplyAddEstimate(a, b, c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256 Round(V256 a) => Vector256.Round(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256 Scale(V256 a, V256 n)
    => a * Vector256.AsSingle(Vector256.ShiftLeft(Vector256.ConvertToInt32Native(n) + Vector256.Create(127), 23));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256 CopySign(V256 magnitude, V256 sign) => Vector256.CopySign(magnitude, sign);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256 SelectLess(V256 a, V256 b, V256 yes, V256 no) => Vector256.ConditionalSelect(Vector256.LessThan(a, b), yes, no);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddTo(double* sums, V256 value)
    {
        (Vector256<double> lower, Vector256<double> upper) = Vector256.Widen(value);
        (Vector256.Load(sums) + lower).Store(sums);
        (Vector256.Load(sums + 4) + upper).Store(sums + 4);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(V256 value) => Vector256.Sum(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float MaxAcross(V256 value) => Simd128.MaxAcross(Vector128.MaxNative(value.GetLower(), value.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256 LoadBits16(byte* source)
    => Vector256.Create(Vector128.WidenLower(Vector128.Load((ushort*)source)), Vector128.WidenUpper(Vector128.Load((ushort*)source)))
    .AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256 LoadBits8(byte* source)
    => LoadBits8(Vector128.WidenLower(Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<ulong>(source)).AsByte()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBits8(byte* destination, V256 bits)
    {
        Vector128<ushort> words = Vector128.Narrow(bits.AsUInt32().GetLower(), bits.AsUInt32().GetUpper());
        Vector128.Narrow(words, words).GetLower().Store(destination);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256 ShiftLeft(V256 bits, int count) => Vector256.ShiftLeft(bits.AsUInt32(), count).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256 And(V256 bits, uint mask) => (bits.AsUInt32() & Vector256.Create(mask)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256 Or(V256 a, V256 b) => (a.AsUInt32() | b.AsUInt32()).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Transpose(float* source, nint sourceStride, float* destination, nint destinationStride)
    {
        if (!Avx.IsSupported)
        {
            for (int row = 0; row < Lanes; row++)
                for (int column = 0; column < Lanes; column++)
                    destination[column * destinationStride + row] = source[row * sourceStride + column];
            return;
        }
        for (int half = 0; half < 2; half++, source += 4, destination += 4 * destinationStride)
        {
            // Rows 0 to 3 go to the lower, 4 to 7 to the upper half of each register; what is left is a turn of two blocks of four.
            V256 r0 = Halves(source, 4 * sourceStride), r1 = Halves(source + sourceStride, 4 * sourceStride);
            V256 r2 = Halves(source + 2 * sourceStride, 4 * sourceStride), r3 = Halves(source + 3 * sourceStride, 4 * sourceStride);
            Vector256<double> a = Avx.UnpackLow(r0, r1).AsDouble(), b = Avx.UnpackLow(r2, r3).AsDouble();
            Vector256<double> c = Avx.UnpackHigh(r0, r1).AsDouble(), d = Avx.UnpackHigh(r2, r3).AsDouble();
            Store(destination, Avx.UnpackLow(a, b).AsSingle());
            Store(destination + destinationStride, Avx.UnpackHigh(a, b).AsSingle());
            Store(destination + 2 * destinationStride, Avx.UnpackLow(c, d).AsSingle());
            Store(destination + 3 * destinationStride, Avx.UnpackHigh(c, d).AsSingle());
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V256 LoadBits8(Vector128<ushort> words)
    => Vector256.Create(Vector128.WidenLower(words), Vector128.WidenUpper(words)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V256 Halves(float* source, nint stride) => Vector256.Create(Vector128.Load(source), Vector128.Load(source + stride));
}
