using LatentSharp.Cpu.Kernels;
using LatentSharp.Cpu.Threads;

namespace LatentSharp.Cpu.Steps;

/// <summary>Everything that belongs to one run of a plan: its memory, its workers, its input and output.</summary>
internal sealed class RunState
{
    /// <summary>The first byte of the tensors' memory.</summary>
    public required nint Arena { get; init; }

    /// <summary>The first byte of the weights that stay between runs.</summary>
    public required nint Kept { get; init; }

    /// <summary>Where the step at hand finds what it works with.</summary>
    public StepMemory Memory { get; set; } = null!;

    /// <summary>The first byte of what the workers of the step at hand share: factors, partial sums, bands.</summary>
    public nint Shared => Arena + (nint)Memory.Working.Offset;

    /// <summary>The first byte of worker 0's own memory.</summary>
    public required nint Private { get; init; }

    /// <summary>Bytes of a worker's own memory.</summary>
    public required long PrivateBytes { get; init; }

    public required WorkerCrew Crew { get; init; }

    public required KernelSet Kernels { get; init; }

    /// <summary>The caller's values for each input of the graph.</summary>
    public required nint[] Inputs { get; init; }

    /// <summary>The caller's room for each output of the graph.</summary>
    public required nint[] Outputs { get; init; }

    public required double[]?[] Sums { get; init; }

    /// <summary>
    /// For steps that take long: told which part of the step is done, 0 to 1, on the thread that runs the plan. Null when nobody asks.
    /// </summary>
    public Action<double>? Within { get; set; }

    /// <summary>Where weights of the step at hand lie.</summary>
    public nint At(StepWeights weights) => At(Memory, weights);

    /// <summary>Where weights of a step lie.</summary>
    public nint At(StepMemory memory, StepWeights weights)
        => weights.KeptAt is { } kept ? Kept + (nint)kept : Arena + (nint)memory.OffsetOf(weights);

    /// <summary>The memory of one worker.</summary>
    public nint PrivateOf(int worker) => Private + (nint)(worker * PrivateBytes);
}
