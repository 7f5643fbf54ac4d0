namespace LatentSharp.Autoencoders.Pool;

/// <summary>An autoencoder of a registry that is in use and therefore stays open; dispose it when done.</summary>
public sealed class AutoencoderLease : IDisposable
{
    private readonly AutoencoderPool registry;
    private PoolSlot? slot;

    internal AutoencoderLease(AutoencoderPool registry, PoolSlot slot, Autoencoder autoencoder)
    {
        this.registry = registry;
        this.slot = slot;
        (Name, Autoencoder) = (slot.Name, autoencoder);
    }

    /// <summary>The name it was asked for by.</summary>
    public string Name { get; }

    /// <summary>The autoencoder; the registry disposes it.</summary>
    public Autoencoder Autoencoder { get; }

    /// <summary>Gives it back.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref slot, null) is { } held) registry.Release(held);
    }
}
