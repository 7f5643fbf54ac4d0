namespace LatentSharp.Cpu.Simd;

/// <summary>
/// The vector operations that the kernels are written in, once for all widths. <typeparamref name="V"/> is the register type, so the code
/// that the compiler makes for each width is the same as if it had been written for that width. Methods with a loop over registers are
/// marked <see cref="System.Runtime.CompilerServices.MethodImplOptions.AggressiveOptimization"/>: compiled quickly first, every operation
/// here would be a call, for as long as the runtime finds new methods to compile.
/// </summary>
internal unsafe interface ISimd<V> where V : unmanaged
{
    static abstract int Lanes { get; }

    /// <summary>Vector registers of the processor at this width: 16 or 32. The tile of the matrix kernel follows it.</summary>
    static abstract int Registers { get; }

    static abstract V Zero { get; }
    static abstract V Load(float* source);
    static abstract void Store(float* destination, V value);

    /// <summary>
    /// Stores past the caches to an address that the register's size divides; ordered only by <see cref="EndStreaming"/>.
    /// </summary>
    static abstract void StoreStreaming(float* destination, V value);

    /// <summary>Makes streamed stores visible to other threads.</summary>
    static abstract void EndStreaming();

    /// <summary>Asks for a cache line to be brought into the second-level cache.</summary>
    static abstract void Prefetch(float* address);

    static abstract V Broadcast(float value);
    static abstract V Add(V a, V b);
    static abstract V Subtract(V a, V b);
    static abstract V Multiply(V a, V b);
    static abstract V Divide(V a, V b);
    static abstract V Max(V a, V b);
    static abstract V Min(V a, V b);
    static abstract V Abs(V a);

    /// <summary>a * b + c, rounded once where the processor can.</summary>
    static abstract V MultiplyAdd(V a, V b, V c);

    /// <summary>The nearest whole number, ties to even.</summary>
    static abstract V Round(V a);

    /// <summary>a * 2^n for a whole number n between -126 and 127.</summary>
    static abstract V Scale(V a, V n);

    /// <summary>The magnitude of one value with the sign of the other.</summary>
    static abstract V CopySign(V magnitude, V sign);

    /// <summary><paramref name="yes"/> where a &lt; b, else <paramref name="no"/>.</summary>
    static abstract V SelectLess(V a, V b, V yes, V no);

    /// <summary>Adds every lane, widened, to <see cref="Lanes"/> doubles.</summary>
    static abstract void AddTo(double* sums, V value);

    static abstract float Sum(V value);
    static abstract float MaxAcross(V value);

    /// <summary>
    /// Zero-extends as many 16-bit numbers as there are lanes to 32 bits each; the register then holds bits, not numbers.
    /// </summary>
    static abstract V LoadBits16(byte* source);

    /// <summary>Zero-extends as many bytes as there are lanes to 32 bits each.</summary>
    static abstract V LoadBits8(byte* source);

    /// <summary>Stores the lowest byte of every lane.</summary>
    static abstract void StoreBits8(byte* destination, V bits);

    /// <summary>Shifts the bits of every lane to the left.</summary>
    static abstract V ShiftLeft(V bits, int count);

    /// <summary>The bits that <paramref name="mask"/> has too.</summary>
    static abstract V And(V bits, uint mask);

    /// <summary>The bits of either.</summary>
    static abstract V Or(V a, V b);

    /// <summary>Turns a block of <see cref="Lanes"/> rows of <see cref="Lanes"/> values on its side.</summary>
    static abstract void Transpose(float* source, nint sourceStride, float* destination, nint destinationStride);
}
