namespace LatentSharp.Service.Timing;

/// <summary>What this processor gives, and how much of it the kernels and a decode reach.</summary>
/// <param name="Processor">The processor.</param>
/// <param name="Threads">How many threads computed.</param>
/// <param name="Simd">The vectors they computed with.</param>
/// <param name="PeakOperationsPerSecond">Operations a second, two for a multiply-add, that the processor gives with nothing to read.</param>
/// <param name="MemoryBytesPerSecond">Bytes a second that memory gives with nothing to compute.</param>
/// <param name="Kernels">The kernels.</param>
/// <param name="Picture">A picture encoded and decoded.</param>
/// <param name="FloorSeconds">What decoding it would take if its multiply-adds ran at the peak and nothing else took time; null where there is
/// no decoder.</param>
/// <param name="ShareOfFloor">Which part of its time decoding takes by that floor; null where there is no decoder.</param>
public sealed record TimeKernelsResult(string Processor, int Threads, string Simd, double PeakOperationsPerSecond,
    double MemoryBytesPerSecond, IReadOnlyList<TimedKernel> Kernels, TimeResult Picture, double? FloorSeconds, double? ShareOfFloor);

/// <summary>A kernel.</summary>
/// <param name="Name">Which, with its size.</param>
/// <param name="Limit">What limits it at best.</param>
/// <param name="PerSecond">Operations (two for a multiply-add), or bytes of values in memory that it takes or leaves.</param>
/// <param name="ShareOfPeak">Which part of the machine's peak that is. More than 1 of memory: it computes faster than memory gives.</param>
public sealed record TimedKernel(string Name, KernelPeak Limit, double PerSecond, double ShareOfPeak);

/// <summary>What limits a kernel at best.</summary>
public enum KernelPeak
{
    /// <summary>The multiply-add units.</summary>
    Arithmetic,
    /// <summary>Memory.</summary>
    Memory,
}
