using LatentSharp.Cpu.Kernels;
using LatentSharp.Cpu.Memory;

namespace LatentSharp.Cpu.Steps;

/// <summary>What a step finds in the arena beside its tensors: working memory, and the weights that are not kept between runs.</summary>
internal sealed class StepMemory
{
    private readonly Dictionary<StepWeights, long> offsets = [];

    /// <param name="step">The step.</param>
    /// <param name="index">Its number.</param>
    /// <param name="kernels">The kernels that compute it.</param>
    public StepMemory(Step step, int index, KernelSet kernels)
    {
        Step = step;
        Working = new Storage(step.SharedBytes(kernels), index);
        long bytes = 0;
        foreach (StepWeights weights in step.Weights.Where(w => w.KeptAt is null && w.NeedPlace(kernels)))
            if (offsets.TryAdd(weights, bytes)) bytes += Storage.Align(weights.Bytes(kernels));
        // Whoever is free in the step before makes them then, if there is room for them.
        if (bytes > 0) Weights = new Storage(bytes, index) { Welcome = Math.Max(0, index - 1) };
    }

    /// <summary>The step.</summary>
    public Step Step { get; }

    /// <summary>What its workers share.</summary>
    public Storage Working { get; }

    /// <summary>The weights that are made in every run, one after the other; null for none.</summary>
    public Storage? Weights { get; }

    /// <summary>Whether its weights may be made in the step before.</summary>
    public bool IsReadAhead => Weights is not { } weights || weights.First < weights.Last;

    /// <summary>Where weights that are made in every run begin in the arena.</summary>
    public long OffsetOf(StepWeights weights) => Weights!.Offset + offsets[weights];
}
