using LatentSharp.Autoencoders.Checks;

namespace LatentSharp.Quality.Findings;

/// <summary>
/// What the names that a picture's metadata give to checkpoint and autoencoder say about whether the two belong together.
/// </summary>
internal static class NamedPair
{
    /// <summary>A finding when both names are telling and name different spaces; null otherwise.</summary>
    public static Finding? Of(string? checkpoint, string? autoencoder)
    {
        if (checkpoint is null || autoencoder is null || SpaceOf(checkpoint) is not { } model) return null;
        if (SpaceOfAutoencoder(autoencoder) is not { } decoder || decoder == model) return null;
        return new Finding(FindingKind.Space, 15, 0.9,
            $"By the picture's metadata the checkpoint {checkpoint} ({model.Title}) was used with the autoencoder {autoencoder} ({decoder.Title}).",
            FindingOrigin.Autoencoder, $"Use an autoencoder of {model.Title}.");
    }

    private static LatentSpace? SpaceOfAutoencoder(string name)
    {
        string plain = string.Concat(name.Where(char.IsLetterOrDigit)).ToLowerInvariant();
        // stabilityai/sd-vae-ft-mse and -ema, and the name that most copies have.
        if (plain.Contains("vaeftmse", StringComparison.Ordinal) || plain.Contains("vaeftema", StringComparison.Ordinal)
            || plain.Contains("klf8anime", StringComparison.Ordinal)) return LatentSpace.Sd1;
        return SpaceOf(name);
    }

    private static LatentSpace? SpaceOf(string name)
    {
        try
        {
            return ModelHint.Named(Path.GetFileNameWithoutExtension(name)).Space;
        }
        catch (LatentSharpException)
        {
            return null;        // a name that tells nothing
        }
    }
}
