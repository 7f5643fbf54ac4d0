using LatentSharp.Server.Computing;

namespace LatentSharp.Server.Hosting;

/// <summary>
/// Gives back what the collector keeps for more work, once there has been none for a while: pictures as numbers are large, and a heap that
/// has held some is kept at its size until it is collected as a whole.
/// </summary>
internal sealed class RestingHeap : IDisposable
{
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(30);

    private readonly ComputeQueue queue;
    private readonly ITimer timer;
    private long seen, collected;

    /// <summary>Begins to watch.</summary>
    internal RestingHeap(ComputeQueue queue, TimeProvider time)
    {
        this.queue = queue;
        timer = time.CreateTimer(_ => Look(), null, Rest, Rest);
    }

    /// <inheritdoc/>
    public void Dispose() => timer.Dispose();

    // Work that began since the last look, or is under way, keeps the heap as it is.
    private void Look()
    {
        QueueState state = queue.State;
        bool resting = state.Running + state.Waiting == 0 && queue.Taken == seen;
        seen = queue.Taken;
        if (!resting || collected == seen) return;
        collected = seen;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }
}
