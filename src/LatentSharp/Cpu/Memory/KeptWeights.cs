using LatentSharp.Cpu.Steps;

namespace LatentSharp.Cpu.Memory;

/// <summary>
/// The weights of a plan that stay between runs, for all sessions of it that are open: they are made once, however many compute at the
/// same time. The first run makes them; another that begins meanwhile waits for its end, and from then on nobody waits.
/// </summary>
/// <param name="bytes">Their size.</param>
/// <param name="purpose">What they are for, for the message when memory cannot be had.</param>
/// <param name="all">How many there are.</param>
internal sealed class KeptWeights(long bytes, string purpose, int all) : IDisposable
{
    private readonly SemaphoreSlim making = new(1);
    private readonly ArenaMemory memory = new(bytes, purpose);
    private readonly HashSet<StepWeights> made = [];
    private volatile bool complete;

    /// <summary>Sessions that use them; whoever opens and closes sessions counts.</summary>
    public int Users { get; set; }

    /// <summary>The first byte.</summary>
    public nint Start => memory.Start;

    /// <summary>Whether weights are made. Others than the run that makes them ask only once all are.</summary>
    public bool Has(StepWeights weights) => complete || made.Contains(weights);

    /// <summary>Begins a run: alone as long as weights have to be made.</summary>
    /// <returns>Whether the run is the one that makes them; it calls <see cref="End"/>.</returns>
    public bool Begin(CancellationToken cancellationToken)
    {
        if (complete) return false;
        making.Wait(cancellationToken);
        if (!complete) return true;
        making.Release();
        return false;
    }

    /// <summary>Weights that are made now; nothing is left to say once all are.</summary>
    public void Add(IEnumerable<StepWeights> weights)
    {
        if (!complete) made.UnionWith(weights);
    }

    /// <summary>Ends the run that makes them, whether it came to its end or not.</summary>
    public void End()
    {
        complete = made.Count == all;
        making.Release();
    }

    public void Dispose()
    {
        memory.Dispose();
        making.Dispose();
    }
}
