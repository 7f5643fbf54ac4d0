using LatentSharp.Cpu.Kernels;
using LatentSharp.Weights;

namespace LatentSharp.Cpu.Steps;

/// <summary>
/// Weights of a step in the form that its kernel reads: packed into panels, transformed. How they are made stands here; where they lie and
/// for how long is the plan's affair: for the step alone, from the step before on, or, where <see cref="KeptAt"/> says so, for all runs of
/// a session.
/// </summary>
internal abstract class StepWeights
{
    /// <summary>Where they begin among what a session keeps between its runs, in bytes; null when they are made in every run.</summary>
    public long? KeptAt { get; set; }

    /// <summary>
    /// Whether they have to lie in memory as a whole when the step begins. A step that makes them bit by bit while it computes needs a
    /// place only for what is kept.
    /// </summary>
    public virtual bool NeedPlace(KernelSet kernels) => true;

    /// <summary>Bytes in all.</summary>
    public abstract long Bytes(KernelSet kernels);

    /// <summary>The parts that they are made in, each by itself and by anybody.</summary>
    public abstract int Parts(KernelSet kernels);

    /// <summary>Bytes that each worker needs while it makes a part.</summary>
    public abstract long PrivateBytes(KernelSet kernels);

    /// <summary>
    /// An estimate of how long making them takes, in the unit of <see cref="Step.Weight"/>. What it is for each byte decides which weights
    /// are kept.
    /// </summary>
    public abstract double Cost(KernelSet kernels);

    /// <summary>Where the stored bytes that they are made from lie in a file; null where they do not, or are too few to matter.</summary>
    public virtual StoredRange? Stored => null;

    /// <summary>Makes a part.</summary>
    /// <param name="kernels">The kernels that will read them.</param>
    /// <param name="part">The part, 0 to <see cref="Parts"/> - 1.</param>
    /// <param name="memory">The first of all <see cref="Bytes"/>, at a multiple of 64.</param>
    /// <param name="scratch"><see cref="PrivateBytes"/> of the worker at hand.</param>
    public abstract void Make(KernelSet kernels, int part, nint memory, nint scratch);
}
