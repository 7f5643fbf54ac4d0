namespace LatentSharp.Autoencoders.Pool;

/// <summary>An autoencoder that is in use and therefore stays open; dispose it when done.</summary>
public sealed class AutoencoderLease : IDisposable
{
    private Action? release;

    internal AutoencoderLease(string name, Autoencoder autoencoder, Action release)
        => (Name, Autoencoder, this.release) = (name, autoencoder, release);

    /// <summary>The name it was asked for by.</summary>
    public string Name { get; }

    /// <summary>The autoencoder; whoever lent it disposes it.</summary>
    public Autoencoder Autoencoder { get; }

    /// <summary>Gives it back.</summary>
    public void Dispose() => Interlocked.Exchange(ref release, null)?.Invoke();
}
