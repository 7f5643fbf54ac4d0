using LatentSharp.Autoencoders;
using LatentSharp.Latents;

namespace LatentSharp.Quality;

/// <summary>Which latent space a diffusion model speaks, by the names under which people know models.</summary>
public static class DiffusionModels
{
    // Parts of names, the telling ones first; letters and digits only.
    private static readonly (string Part, LatentSpace Space)[] Parts =
    [
        ("flux2", LatentSpace.Flux2), ("flux", LatentSpace.Flux1), ("krea", LatentSpace.Flux1), ("kontext", LatentSpace.Flux1), ("chroma", LatentSpace.Flux1), ("zimage", LatentSpace.Flux1),
        ("sdxl", LatentSpace.Sdxl), ("xlbase", LatentSpace.Sdxl), ("diffusionxl", LatentSpace.Sdxl), ("pony", LatentSpace.Sdxl), ("illustrious", LatentSpace.Sdxl),
        ("sd3", LatentSpace.Sd3), ("diffusion3", LatentSpace.Sd3), ("diffusion35", LatentSpace.Sd3),
        ("sd1", LatentSpace.Sd1), ("sd2", LatentSpace.Sd1), ("sdv1", LatentSpace.Sd1), ("sdv2", LatentSpace.Sd1), ("diffusionv1", LatentSpace.Sd1), ("diffusionv2", LatentSpace.Sd1), ("diffusion1", LatentSpace.Sd1), ("diffusion2", LatentSpace.Sd1), ("dreamshaper", LatentSpace.Sd1),
    ];

    /// <summary>Names to show to someone whose model was not recognised.</summary>
    public static IReadOnlyList<string> Examples { get; } = ["flux1-dev", "flux1-schnell", "flux2", "sdxl", "sd1.5", "sd2.1", "sd3.5"];

    /// <summary>The space that a model of this name speaks; null when the name says nothing. A space's or family's id works too.</summary>
    public static LatentSpace? SpaceOf(string model)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (LatentSpace.Find(model) is { } exact) return exact;
        if (AutoencoderFamily.Find(model) is { } family) return family.Space;
        string plain = string.Concat(model.Where(char.IsLetterOrDigit)).ToLowerInvariant();
        foreach ((string part, LatentSpace space) in Parts)
            if (plain.Contains(part, StringComparison.Ordinal)) return space;
        return null;
    }
}
