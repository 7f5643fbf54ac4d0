using LatentSharp.Cpu.Simd;

namespace LatentSharp;

/// <summary>How a network is run on the processor.</summary>
public sealed record ComputeOptions
{
    /// <summary>The defaults: all cores, no limit but the machine's memory, the widest vectors.</summary>
    public static ComputeOptions Default { get; } = new();

    /// <summary>Threads that compute; 0 for one on each core. Results do not depend on it.</summary>
    public int Threads { get; init; }

    /// <summary>The most bytes that a run may take for tensors and working memory; a plan that cannot keep to it is refused. Null for what the machine has.</summary>
    public long? MemoryBudget { get; init; }

    /// <summary>The vectors to compute with; null for what <see cref="SimdLevels.Chosen"/> says.</summary>
    public SimdLevel? Simd { get; init; }

    internal int EffectiveThreads => Threads > 0 ? Threads : Environment.ProcessorCount;
}
