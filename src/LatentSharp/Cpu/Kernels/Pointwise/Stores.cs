using System.Runtime.CompilerServices;
using LatentSharp.Cpu.Simd;

namespace LatentSharp.Cpu.Kernels.Pointwise;

/// <summary>How values go to memory, as a type, so that the loop over pixels does not ask.</summary>
internal unsafe interface IStore<V> where V : unmanaged
{
    static abstract void Store(float* target, V value);

    /// <summary>
    /// Called for what will be stored next: a line that is written must be in a cache first, and 36 of them at once, far apart, is more
    /// than a processor foresees.
    /// </summary>
    static abstract void Prepare(float* target);
}

/// <summary>The two ways to memory, and which of them a result takes.</summary>
internal static unsafe class Stores<S, V> where S : ISimd<V> where V : unmanaged
{
    /// <summary>
    /// Results larger than this are stored past the caches: they would be gone from them before anybody reads them, and every line stored
    /// the ordinary way is read from memory first. Measured: 10 to 20 % of the whole convolution at 64 and 128 channels.
    /// </summary>
    private const long StreamFrom = 24 << 20;

    /// <summary>
    /// Whether a result is stored past the caches. Only where one register is a whole cache line: halves of lines streamed one after the
    /// other are slower than ordinary stores, even where they follow at once.
    /// </summary>
    public static bool GoPast(in FeatureView result)
    {
        const int Line = 64;
        bool aligned = (result.Data | (nint)(result.PixelStride * sizeof(float))) % Line == 0;
        return S.Lanes * sizeof(float) == Line && aligned
            && (long)result.Height * result.Width * result.Channels * sizeof(float) >= StreamFrom;
    }

    /// <summary>Through the caches.</summary>
    internal readonly struct Near : IStore<V>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Store(float* target, V value) => S.Store(target, value);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Prepare(float* target) => S.Prefetch(target);
    }

    /// <summary>Past the caches; <see cref="ISimd{V}.EndStreaming"/> comes last.</summary>
    internal readonly struct Past : IStore<V>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Store(float* target, V value) => S.StoreStreaming(target, value);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Prepare(float* target)
        {
        }
    }
}
