using LatentSharp.Cpu.Simd;

namespace LatentSharp.Cpu;

/// <summary>How a network is run on the processor.</summary>
public sealed record CpuOptions
{
    /// <summary>The defaults: all cores, no limit but the machine's memory, the widest vectors.</summary>
    public static CpuOptions Default { get; } = new();

    /// <summary>Threads that compute; 0 for one on each core. Results do not depend on it.</summary>
    public int Threads { get; init; }

    /// <summary>The most bytes that a run may take for tensors and working memory; a plan that cannot keep to it is refused. Null for what the machine has.</summary>
    public long? MemoryBudget { get; init; }

    /// <summary>The vectors to compute with; null for what <see cref="SimdLevels.Chosen"/> says.</summary>
    public SimdLevel? Simd { get; init; }

    internal int EffectiveThreads => Threads > 0 ? Threads : Environment.ProcessorCount;
}

/// <summary>How far a long computation is.</summary>
/// <param name="Fraction">The part of the planned work that is done, 0 to 1.</param>
/// <param name="Step">What is being computed, in the words of the checkpoint: <c>decoder.up.1.block.0.conv1</c>.</param>
public readonly record struct StepProgress(double Fraction, string Step);

/// <summary>One step of a <see cref="CpuPlan"/>, for people.</summary>
/// <param name="Name">Where it stands in the network.</param>
/// <param name="Operation">What it computes; nodes that were joined stand in one line.</param>
/// <param name="Shape">The shape of its result.</param>
/// <param name="MultiplyAdds">Multiply-adds of the direct evaluation.</param>
/// <param name="LiveBytes">Bytes of all tensors that exist while it runs.</param>
/// <param name="WorkingBytes">Bytes of working memory while it runs: packed weights, what workers need.</param>
public sealed record PlanStep(string Name, string Operation, Graph.FeatureShape Shape, long MultiplyAdds, long LiveBytes, long WorkingBytes);
