namespace LatentSharp.Cpu.Kernels.Rates;

/// <summary>What limits a kernel at best.</summary>
internal enum KernelLimit
{
    /// <summary>The multiply-add units.</summary>
    Arithmetic,
    /// <summary>Reading from memory.</summary>
    Memory,
}

/// <summary>How fast a kernel is on this machine.</summary>
/// <param name="Kernel">Which, with its size.</param>
/// <param name="Limit">What limits it at best.</param>
/// <param name="PerSecond">Operations (two for a multiply-add), or bytes of values in memory that it takes or leaves.</param>
internal sealed record KernelRate(string Kernel, KernelLimit Limit, double PerSecond);
