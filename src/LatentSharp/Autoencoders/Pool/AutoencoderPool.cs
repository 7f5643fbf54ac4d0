using LatentSharp.Autoencoders.Library;
using LatentSharp.Compute;

namespace LatentSharp.Autoencoders.Pool;

/// <summary>What a caller wants an autoencoder for, so that a registry can pick one.</summary>
public enum AutoencoderTask
{
    /// <summary>Pictures while something is being made: fast matters.</summary>
    Preview,
    /// <summary>The picture that is kept.</summary>
    Final,
    /// <summary>Latents that are stored for years: only the space's own full autoencoder will do.</summary>
    Archive,
}

/// <summary>
/// Autoencoders by name for a program that runs for a long time: opened when they are first asked for, closed again when nobody uses them
/// and memory is short, and replaced while calls are under way. A caller holds a lease; what it holds stays whole and open until the lease
/// is given back, whatever happens to the name. What they keep between calls (<see cref="ComputeOptions.KeepWeights"/>) shares one memory
/// budget. All members may be called from any thread.
/// </summary>
public sealed class AutoencoderPool : IDisposable
{
    // Sessions of several autoencoders and sizes that wait for their next call.
    private const int KeptSessions = 16;

    private readonly Lock gate = new();
    private readonly SessionCache sessions = new(KeptSessions);
    private readonly Dictionary<string, PoolSlot> slots = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, (PoolSlot Slot, long Stamp)> entries = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Space, AutoencoderTask Task), string> policy = [];
    private readonly long memoryBudget;
    private long clock;
    private bool disposed;

    /// <summary>An empty registry.</summary>
    /// <param name="memoryBudget">The most bytes of weights that may stay open without being in use; what was used longest ago is closed
    /// first.</param>
    public AutoencoderPool(long memoryBudget = long.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(memoryBudget);
        this.memoryBudget = memoryBudget;
    }

    /// <summary>The registered names.</summary>
    public IReadOnlyList<string> Names
    {
        get
        {
            lock (gate) return [.. slots.Keys.Order(StringComparer.OrdinalIgnoreCase)];
        }
    }

    /// <summary>
    /// Bytes of the weights of all autoencoders that are open now, those that were replaced but are still in use included.
    /// </summary>
    public long OpenBytes { get; private set; }

    /// <summary>
    /// Registers a file under a name, to be opened when it is first asked for. A name that is taken is replaced at once for everyone who
    /// asks from now on; calls under way keep what they hold, which is closed with the last of them.
    /// </summary>
    public void Register(string name, string path, AutoencoderOptions? options = null)
        => Register(name, () => Autoencoder.Open(path, options));

    /// <summary>Registers what a function opens under a name.</summary>
    public void Register(string name, Func<Autoencoder> open)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(open);
        Autoencoder? closing;
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            closing = slots.TryGetValue(name, out PoolSlot? old) ? Retire(old) : null;
            slots[name] = new PoolSlot(name, open);
        }
        closing?.Dispose();
    }

    /// <summary>Forgets a name; calls under way keep what they hold.</summary>
    /// <returns>Whether the name was registered.</returns>
    public bool Remove(string name)
    {
        Autoencoder? closing;
        lock (gate)
        {
            if (!slots.Remove(name, out PoolSlot? old)) return false;
            closing = Retire(old);
        }
        closing?.Dispose();
        return true;
    }

    /// <summary>Takes the autoencoder of a name into use, opening it if need be. Dispose the lease when done.</summary>
    /// <exception cref="LatentSharpException">The name is not registered, or the file cannot be opened; a later call tries
    /// again.</exception>
    public AutoencoderLease Acquire(string name)
    {
        PoolSlot slot;
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            if (!slots.TryGetValue(name, out slot!))
                throw new LatentSharpException(ErrorKind.NotFound, name,
                    "no autoencoder is registered under this name; there are "
                        + $"{(slots.Count == 0 ? "none" : string.Join(", ", slots.Keys.Order(StringComparer.Ordinal)))}.");
            Use(slot);
        }
        return Lease(slot);
    }

    /// <summary>
    /// Takes what a library lists into use, opening it if need be; no name has to be registered. A file that was replaced since it was
    /// opened is opened anew. Dispose the lease when done.
    /// </summary>
    /// <exception cref="LatentSharpException">The file cannot be opened; a later call tries again.</exception>
    public AutoencoderLease Acquire(LibraryEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        string key = entry.Path ?? entry.Name;
        long stamp = Stamp(entry.Path);
        Autoencoder? closing = null;
        PoolSlot slot;
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            if (!entries.TryGetValue(key, out (PoolSlot Slot, long Stamp) known) || known.Stamp != stamp)
            {
                if (known.Slot is { } old) closing = Retire(old);
                entries[key] = known = (new PoolSlot(key, entry.Open), stamp);
            }
            Use(slot = known.Slot);
        }
        closing?.Dispose();
        return Lease(slot, entry.Name);
    }

    /// <summary>Says which name serves a task in a latent space.</summary>
    public void Prefer(string spaceId, AutoencoderTask task, string name)
    {
        lock (gate) policy[(spaceId, task)] = name;
    }

    /// <summary>
    /// Takes the autoencoder into use that serves a task in a latent space: the preferred one, or that of the next task up (a preview is
    /// served by the final one).
    /// </summary>
    /// <exception cref="LatentSharpException">Nothing has been preferred for this task or a higher one.</exception>
    public AutoencoderLease AcquireFor(string spaceId, AutoencoderTask task)
    {
        string? name = null;
        lock (gate)
        {
            for (AutoencoderTask t = task; name is null && t <= AutoencoderTask.Archive; t++) name = policy.GetValueOrDefault((spaceId, t));
        }
        return Acquire(name ?? throw new LatentSharpException(ErrorKind.NotFound, spaceId, $"no autoencoder has been chosen for {task} in this latent space."));
    }

    /// <summary>
    /// Gives back what autoencoders keep between calls, for work that needs the memory and is none of theirs; they stay open, and calls
    /// under way go on.
    /// </summary>
    public void EndSessions() => sessions.Clear();

    /// <summary>Forgets every name. What is in use is closed when its last lease is given back.</summary>
    public void Dispose()
    {
        List<Autoencoder?> closing = [];
        lock (gate)
        {
            if (disposed) return;
            disposed = true;
            foreach (PoolSlot slot in All) closing.Add(Retire(slot));
            slots.Clear();
            entries.Clear();
        }
        foreach (Autoencoder? autoencoder in closing) autoencoder?.Dispose();
    }

    private IEnumerable<PoolSlot> All => slots.Values.Concat(entries.Values.Select(e => e.Slot));

    private void Use(PoolSlot slot)
    {
        slot.Uses++;
        slot.LastUse = ++clock;
    }

    // The slot counts as used already, so that nobody closes it meanwhile.
    private AutoencoderLease Lease(PoolSlot slot, string? name = null)
    {
        try
        {
            Autoencoder autoencoder = slot.Open(out bool opened);
            if (opened)
            {
                autoencoder.Share(sessions);
                lock (gate) OpenBytes += slot.Bytes;
                Trim();
            }
            return new AutoencoderLease(name ?? slot.Name, autoencoder, () => Release(slot));
        }
        catch
        {
            Release(slot);
            throw;
        }
    }

    private void Release(PoolSlot slot)
    {
        Autoencoder? closing = null;
        lock (gate)
        {
            slot.Uses--;
            slot.LastUse = ++clock;
            if (slot.Retired && slot.Uses == 0) closing = Take(slot);
        }
        closing?.Dispose();
        Trim();
    }

    // Closes what nobody uses, longest unused first, until the budget is kept.
    private void Trim()
    {
        while (true)
        {
            Autoencoder? closing;
            lock (gate)
            {
                if (OpenBytes <= memoryBudget) return;
                PoolSlot? oldest = All.Where(s => s is { Uses: 0, IsOpen: true }).MinBy(s => s.LastUse);
                if (oldest is null) return;
                closing = Take(oldest);
            }
            closing?.Dispose();
        }
    }

    // The caller holds the lock. The last lease closes a slot that is in use.
    private Autoencoder? Retire(PoolSlot slot)
    {
        slot.Retired = true;
        return slot.Uses == 0 ? Take(slot) : null;
    }

    // What tells that a file, or a folder, is another one by now.
    private static long Stamp(string? path)
    {
        if (path is null) return 0;
        var file = new FileInfo(path);
        return file.Exists ? HashCode.Combine(file.LastWriteTimeUtc, file.Length) : new DirectoryInfo(path).LastWriteTimeUtc.Ticks;
    }

    private Autoencoder? Take(PoolSlot slot)
    {
        Autoencoder? autoencoder = slot.Close();
        if (autoencoder is not null) OpenBytes -= slot.Bytes;
        return autoencoder;
    }
}
