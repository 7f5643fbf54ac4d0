using LatentSharp.Autoencoders.Catalogue;
using LatentSharp.Autoencoders.Library;

namespace LatentSharp.Service.Checking;

/// <summary>What someone with a wrong pairing can do.</summary>
internal sealed class WayOut(AutoencoderLibrary library)
{
    /// <summary>The steps, or what to fetch first.</summary>
    /// <param name="needed">The space that the autoencoder, or the latents, should be of.</param>
    /// <param name="autoencoder">The autoencoder that was checked; null for none.</param>
    /// <param name="latents">The latent file that was checked; null for none.</param>
    /// <param name="model">The model that was checked; null for none.</param>
    /// <param name="written">The space in which the latents are.</param>
    internal IReadOnlyList<CheckStep> Steps(LatentSpace needed, string? autoencoder, string? latents, string? model, LatentSpace? written)
    {
        string? beside = autoencoder is not null && File.Exists(autoencoder) ? Path.GetDirectoryName(Path.GetFullPath(autoencoder)) : null;
        if (library.Fitting(needed, beside) is not { } fitting) return [Fetch(needed)];
        if (latents is null) return [new CheckStep(CheckStepKind.Check, model!, Named(fitting), null, null)];
        if (autoencoder is not null) return [new CheckStep(CheckStepKind.Decode, latents, Named(fitting), null, null)];
        // Latents for another model: through the picture. The autoencoder that reads them is needed too.
        if (written is null) return [];
        if (library.Fitting(written, beside) is not { } reading) return [Fetch(written)];
        string stem = Path.GetFileNameWithoutExtension(latents).Replace(".latent", "", StringComparison.Ordinal);
        string picture = Path.Combine(Path.GetDirectoryName(latents) ?? "", stem + "-decoded.png");
        return [new CheckStep(CheckStepKind.Decode, latents, Named(reading), picture, null),
            new CheckStep(CheckStepKind.Encode, picture, Named(fitting), null, null)];
    }

    private static CheckStep Fetch(LatentSpace space)
    {
        PublishedFile? published = PublishedFiles.Load().All.FirstOrDefault(
            f => AutoencoderFamily.Find(f.Family)?.Space == space && f.Places.Count > 0);
        string? name = published?.FileName.Split(" (")[0] ?? AutoencoderFamily.Speaking(space).FirstOrDefault()?.PublishedAs.Split(' ')[0];
        return new CheckStep(CheckStepKind.Register, name ?? "", null, null, published?.Places[0]);
    }

    private static string Named(LibraryEntry entry) => entry.Source == LibrarySource.Path ? entry.Path! : entry.Name;
}
