using LatentSharp.Compute;

namespace LatentSharp;

/// <summary>How a network is run.</summary>
public sealed record ComputeOptions
{
    /// <summary>The most threads that may be asked for.</summary>
    public const int MostThreads = 1024;

    /// <summary>The defaults: the processor, all cores, no limit but the machine's memory.</summary>
    public static ComputeOptions Default { get; } = new();

    /// <summary>What computes; null for the processor.</summary>
    public Device? Device { get; init; }

    /// <summary>Threads that compute, 1 to <see cref="MostThreads"/>; 0 for one on each core. Results do not depend on it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative or too large.</exception>
    public int Threads
    {
        get;
        init => field = value is >= 0 and <= MostThreads ? value
            : throw new ArgumentOutOfRangeException(nameof(Threads), value, $"Threads is a number from 1 to {MostThreads}, or 0 for one on each core.");
    }

    /// <summary>
    /// The most bytes that a run may take for tensors and working memory; a plan that cannot keep to it is refused. Null for what the
    /// machine has.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is not positive.</exception>
    public long? MemoryBudget
    {
        get;
        init => field = value is null or > 0 ? value
            : throw new ArgumentOutOfRangeException(nameof(MemoryBudget), value,
                "MemoryBudget is a number of bytes above 0, or null for what the machine has.");
    }

    /// <summary>
    /// Whether weights stay, in the form that the kernels read, from one run of a session to the next, as far as <see cref="MemoryBudget"/>
    /// allows; those first that take longest to make for each byte. Worth its memory (<see cref="Plan.KeptBytes"/>) for many runs, the more
    /// the smaller the pictures are; without it a run takes the least. An <see cref="Autoencoder"/> keeps the sessions of its last sizes
    /// for its next calls, as long as all of them together fit the budget. The results are the same to the bit. A device that keeps its
    /// weights itself does so whatever this says.
    /// </summary>
    public bool KeepWeights { get; init; }

    /// <summary>Bytes of <see cref="MemoryBudget"/> that are taken already, by what lies beside the run.</summary>
    internal long TakenBytes { get; init; }

    /// <summary>
    /// Whether Winograd may sum the convolutions of a graph with gradients. Its rounding is several times larger, which training bears and
    /// a comparison with another implementation does not.
    /// </summary>
    internal bool RoughGradients { get; init; }

    /// <summary>
    /// The numbers that products are computed with. <see cref="Precision.Int8"/> reaches the layers whose networks bear it, those of
    /// FLUX.1's blocks; everything else stays in float32, autoencoders and text encoders too.
    /// </summary>
    public Precision Precision { get; init; }

    /// <summary>The threads that really compute: <see cref="Threads"/>, or the number of cores.</summary>
    public int EffectiveThreads => Threads > 0 ? Threads : Math.Min(Environment.ProcessorCount, MostThreads);
}
