using LatentSharp.Autoencoders.Catalogue;
using LatentSharp.Autoencoders.Library;
using LatentSharp.Autoencoders.Pool;
using LatentSharp.Latents;
using LatentSharp.Models.Autoencoders;
using LatentSharp.Weights.Identity;

namespace LatentSharp.Service.Autoencoders;

/// <summary>An autoencoder that a use case works with.</summary>
internal sealed class OpenedAutoencoder : IDisposable
{
    private readonly LibraryEntry entry;
    private readonly AutoencoderLease lease;
    private readonly Lazy<string?> digest;

    private OpenedAutoencoder(AutoencoderLibrary library, LibraryEntry entry, AutoencoderLease lease)
    {
        (this.entry, this.lease) = (entry, lease);
        Autoencoder autoencoder = lease.Autoencoder;
        digest = new Lazy<string?>(() => FindDigest(library, entry, autoencoder));
        AutoencoderFamily family = autoencoder.Family;
        // Of those that need no file the result itself says all there is to say.
        Facts = new UsedAutoencoder(entry.Name, entry.Path, family.Id, family.Title, autoencoder.Space.Id, autoencoder.Space.Title,
            entry.Path is null ? [] : autoencoder.Notes)
        { Warnings = autoencoder.Warnings };
    }

    internal Autoencoder Autoencoder => lease.Autoencoder;

    /// <summary>What a result says about it.</summary>
    internal UsedAutoencoder Facts { get; }

    /// <summary>SHA-256 of its file, or of what it contains where that is no single file; null where there are no weights.</summary>
    internal string? Digest => digest.Value;

    /// <summary>Opens what was named, or the default.</summary>
    /// <exception cref="LatentSharpException">There is no such autoencoder, or it is damaged.</exception>
    internal static OpenedAutoencoder Open(AutoencoderLibrary library, string? named)
    {
        LibraryEntry entry = library.Find(named);
        return new OpenedAutoencoder(library, entry, library.Acquire(entry));
    }

    /// <summary>Opens several; when one cannot be opened, those before it are closed.</summary>
    internal static OpenedAutoencoder[] OpenAll(AutoencoderLibrary library, IReadOnlyList<string> named)
    {
        var opened = new List<OpenedAutoencoder>();
        try
        {
            foreach (string name in named) opened.Add(Open(library, name));
            return [.. opened];
        }
        catch
        {
            foreach (OpenedAutoencoder one in opened) one.Dispose();
            throw;
        }
    }

    /// <summary>What a latent file says about where it comes from.</summary>
    internal Dictionary<string, string> Provenance(Latent latent, string picture, string pictureDigest)
    {
        var origin = new Dictionary<string, string>(latent.Provenance)
        {
            [LatentProvenance.Autoencoder] = entry.Name,
            [LatentProvenance.Picture] = Path.GetFileName(picture),
            [LatentProvenance.PictureDigest] = pictureDigest,
        };
        if (Digest is not null) origin[LatentProvenance.AutoencoderDigest] = Digest;
        return origin;
    }

    public void Dispose() => lease.Dispose();

    private static string? FindDigest(AutoencoderLibrary library, LibraryEntry entry, Autoencoder autoencoder)
    {
        if (File.Exists(entry.Path)) return new RememberedDigests(library.Home).Sha256(entry.Path);
        if (entry.Sha256() is { } brought) return brought;
        // A diffusers folder has no file of its own: what it contains stands for it.
        return autoencoder.Weights.Tensors.Count == 0 ? null
            : ContentDigest.Compute(CanonicalWeights.From(autoencoder.Weights), [DigestLevel.Exact])[0].Whole;
    }
}
