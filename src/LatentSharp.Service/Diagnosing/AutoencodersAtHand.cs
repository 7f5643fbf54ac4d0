using LatentSharp.Autoencoders.Library;
using LatentSharp.Autoencoders.Pool;

namespace LatentSharp.Service.Diagnosing;

/// <summary>
/// The autoencoders that a picture is encoded with again: the one that was given, the one that the program brings along, and of those
/// registered or in folders one for each latent space.
/// </summary>
internal sealed class AutoencodersAtHand : IDisposable
{
    // Full-size autoencoders take seconds each.
    private const int Most = 4;

    private readonly List<AutoencoderLease> opened = [];

    /// <summary>Opens them.</summary>
    /// <param name="library">Where they are found.</param>
    /// <param name="given">One that is open already, and stays so.</param>
    public AutoencodersAtHand(AutoencoderLibrary library, Autoencoder? given)
    {
        List<Autoencoder> all = given is null ? [] : [given];
        foreach (LibraryEntry entry in library.List())
        {
            if (all.Count >= Most) break;
            if (!entry.Exists || entry.Name == AutoencoderLibrary.PixelsName) continue;
            try
            {
                AutoencoderLease lease = library.Acquire(entry);
                Autoencoder autoencoder = lease.Autoencoder;
                bool builtIn = entry.Path is null;
                if (!autoencoder.CanEncode
                    || !builtIn && all.Exists(a => a.Space == autoencoder.Space && a.Name != AutoencoderLibrary.EmbeddedName)
                    || builtIn && all.Exists(a => a.Name == autoencoder.Name))
                {
                    lease.Dispose();
                    continue;
                }
                all.Add(autoencoder);
                opened.Add(lease);
            }
            catch (LatentSharpException)
            {
                // No autoencoder, or damaged: there may be others.
            }
        }
        All = all;
    }

    public IReadOnlyList<Autoencoder> All { get; }

    public void Dispose()
    {
        foreach (AutoencoderLease lease in opened) lease.Dispose();
    }
}
