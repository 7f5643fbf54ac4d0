using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using V256 = System.Runtime.Intrinsics.Vector256<float>;

namespace LatentSharp.Cpu.Simd;

/// <summary>256-bit vectors.</summary>
internal readonly unsafe struct Simd256 : ISimd<V256>
{
    public static int Lanes => 8;

    public static V256 Zero => V256.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256 Load(float* source) => Vector256.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float* destination, V256 value) => value.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreStreaming(float* destination, V256 value) => value.StoreAlignedNonTemporal(destination);

    public static void EndStreaming() => Thread.MemoryBarrier();

    public static void Prefetch(float* address)
    {
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
    public static V256 Scale(V256 a, V256 n) => a * Vector256.AsSingle(Vector256.ShiftLeft(Vector256.ConvertToInt32(n) + Vector256.Create(127), 23));

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

    public static float MaxAcross(V256 value)
    {
        float max = value[0];
        for (int i = 1; i < Lanes; i++) max = MathF.Max(max, value[i]);
        return max;
    }
}
