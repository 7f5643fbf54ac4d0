using LatentSharp.Cpu.Kernels;

namespace LatentSharp.Cpu.Steps;

/// <summary>One step of a plan: one or several nodes of the graph that are computed together.</summary>
internal abstract class Step(string name, string operation)
{
    /// <summary>Where it stands in the network.</summary>
    public string Name { get; } = name;

    /// <summary>What it does, nodes that were fused included: <c>GroupNorm SiLU Conv2d(Winograd) Add</c>.</summary>
    public string Operation { get; } = operation;

    /// <summary>Multiply-adds of the direct evaluation.</summary>
    public long MultiplyAdds { get; init; }

    /// <summary>Multiply-adds that are really done.</summary>
    public virtual double Multiplications => MultiplyAdds;

    /// <summary>What it writes.</summary>
    public required PlanTensor Result { get; init; }

    /// <summary>What it reads.</summary>
    public required IReadOnlyList<PlanTensor> Reads { get; init; }

    /// <summary>The weights that it reads in a form of their own.</summary>
    public virtual IReadOnlyList<StepWeights> Weights => [];

    /// <summary>Bytes that its workers share, its weights not included.</summary>
    public virtual long SharedBytes(KernelSet kernels) => 0;

    /// <summary>Bytes that each of its workers needs.</summary>
    public virtual long PrivateBytes(KernelSet kernels) => 0;

    /// <summary>
    /// An estimate of its duration, for progress: multiply-adds that are really done, plus one for every few bytes moved.
    /// </summary>
    public virtual double Weight(KernelSet kernels) => Multiplications + (Result.Shape.Count * 4.0);

    public abstract void Run(RunState run);
}
