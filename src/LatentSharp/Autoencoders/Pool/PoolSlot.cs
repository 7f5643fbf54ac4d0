namespace LatentSharp.Autoencoders.Pool;

/// <summary>
/// What a name of a registry stood for at one time. Counts and times belong to the registry's lock; opening has a lock of its own, so that
/// a slow file does not hold up other names.
/// </summary>
internal sealed class PoolSlot(string name, Func<Autoencoder> open)
{
    private readonly Lock opening = new();
    private Autoencoder? autoencoder;

    public string Name { get; } = name;

    /// <summary>Leases that have not been given back, those being opened included.</summary>
    public int Uses { get; set; }

    /// <summary>When it was last taken or given back, in steps of the registry's clock.</summary>
    public long LastUse { get; set; }

    /// <summary>Whether the name stands for something else by now.</summary>
    public bool Retired { get; set; }

    /// <summary>Bytes of the stored weights.</summary>
    public long Bytes { get; private set; }

    public bool IsOpen => Volatile.Read(ref autoencoder) is not null;

    /// <summary>The autoencoder, opened by the first who asks; the others wait for it.</summary>
    public Autoencoder Open(out bool opened)
    {
        lock (opening)
        {
            opened = autoencoder is null;
            if (autoencoder is not null) return autoencoder;
            Autoencoder fresh = open();
            Bytes = fresh.Weights.Tensors.Values.Sum(t => t.ByteLength);
            Volatile.Write(ref autoencoder, fresh);
            return fresh;
        }
    }

    /// <summary>Gives up the autoencoder; nobody may be using it.</summary>
    public Autoencoder? Close() => Interlocked.Exchange(ref autoencoder, null);
}
