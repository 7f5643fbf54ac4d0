using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using LatentSharp.Cpu.Simd;

namespace LatentSharp.Cpu.Kernels.Int8;

/// <summary>Chooses the byte products of this processor.</summary>
internal static class ByteKernels
{
    /// <summary>The kernels for a vector width: the fastest that its registers and the processor allow.</summary>
    /// <param name="block">Values that share a scale.</param>
    public static BytePanels For<S, V>(int block) where S : ISimd<V> where V : unmanaged
        => S.Lanes >= 8 && AvxVnni.IsSupported ? new BytePanels<S, V, ByteTile<VnniDot, System.Runtime.Intrinsics.Vector256<int>>>(block)
        : S.Lanes >= 8 && Avx2.IsSupported && Fma.IsSupported ? new BytePanels<S, V, Avx2Tile>(block)
        : S.Lanes == 4 && Dp.IsSupported ? new BytePanels<S, V, ByteTile<DpDot, System.Runtime.Intrinsics.Vector128<int>>>(block)
        : new BytePanels<S, V, ByteTile<PlainDot, int>>(block);
}
