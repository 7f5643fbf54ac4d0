using LatentSharp.Autoencoders.Library;

namespace LatentSharp.Service.Diagnosing;

/// <summary>
/// The autoencoders that a picture is encoded with again: the one that was given, the one that the program brings along, and of those
/// registered or in folders one for each latent space.
/// </summary>
internal sealed class AutoencodersAtHand : IDisposable
{
    // Full-size autoencoders take seconds each.
    private const int Most = 4;

    private readonly List<Autoencoder> opened = [];

    /// <summary>Opens them.</summary>
    /// <param name="library">Where they are found; null for none.</param>
    /// <param name="given">One that is open already, and stays so.</param>
    public AutoencodersAtHand(AutoencoderLibrary? library, Autoencoder? given)
    {
        List<Autoencoder> all = given is null ? [] : [given];
        foreach (LibraryEntry entry in library?.List() ?? [])
        {
            if (all.Count >= Most) break;
            if (!entry.Exists || entry.Name == AutoencoderLibrary.PixelsName) continue;
            try
            {
                Autoencoder autoencoder = entry.Open();
                bool builtIn = entry.Path is null;
                if (!autoencoder.CanEncode
                    || !builtIn && all.Exists(a => a.Space == autoencoder.Space && a.Name != AutoencoderLibrary.EmbeddedName)
                    || builtIn && all.Exists(a => a.Name == autoencoder.Name))
                {
                    autoencoder.Dispose();
                    continue;
                }
                all.Add(autoencoder);
                opened.Add(autoencoder);
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
        foreach (Autoencoder autoencoder in opened) autoencoder.Dispose();
    }
}
