using System.Runtime.CompilerServices;

namespace LatentSharp.Cpu.Simd;

/// <summary>One value at a time.</summary>
internal readonly unsafe struct SimdScalar : ISimd<float>
{
    public static int Lanes => 1;

    public static int Registers => 16;

    public static float Zero => 0f;

    public static float Load(float* source) => *source;

    public static void Store(float* destination, float value) => *destination = value;

    public static void StoreStreaming(float* destination, float value) => *destination = value;

    public static void EndStreaming()
    {
    }

    public static void Prefetch(float* address)
    {
    }

    public static float Broadcast(float value) => value;

    public static float Add(float a, float b) => a + b;

    public static float Subtract(float a, float b) => a - b;

    public static float Multiply(float a, float b) => a * b;

    public static float Divide(float a, float b) => a / b;

    public static float Max(float a, float b) => a > b ? a : b;

    public static float Min(float a, float b) => a < b ? a : b;

    public static float Abs(float a) => MathF.Abs(a);

    public static float MultiplyAdd(float a, float b, float c) => a * b + c;

    public static float Round(float a) => MathF.Round(a);

    public static float Scale(float a, float n) => MathF.ScaleB(a, (int)n);

    public static float CopySign(float magnitude, float sign) => MathF.CopySign(magnitude, sign);

    public static float SelectLess(float a, float b, float yes, float no) => a < b ? yes : no;

    public static void AddTo(double* sums, float value) => *sums += value;

    public static float Sum(float value) => value;

    public static float MaxAcross(float value) => value;

    public static float LoadBits16(byte* source) => BitConverter.UInt32BitsToSingle(Unsafe.ReadUnaligned<ushort>(source));

    public static float LoadBits8(byte* source) => BitConverter.UInt32BitsToSingle(*source);

    public static void StoreBits8(byte* destination, float bits) => *destination = (byte)BitConverter.SingleToUInt32Bits(bits);

    public static float ShiftLeft(float bits, int count) => BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(bits) << count);

    public static float And(float bits, uint mask) => BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(bits) & mask);

    public static float Or(float a, float b)
        => BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(a) | BitConverter.SingleToUInt32Bits(b));

    public static void Transpose(float* source, nint sourceStride, float* destination, nint destinationStride) => *destination = *source;
}
