using System.Collections.Immutable;
using LatentSharp.Networks;
using LatentSharp.Weights;

namespace LatentSharp.Autoencoders.Checks;

/// <summary>A transformer or UNet, as far as autoencoders are concerned: the latent space that it expects.</summary>
/// <param name="Name">What it is called: a name such as <c>flux1-dev</c>, or the checkpoint.</param>
/// <param name="Space">The space it expects.</param>
/// <param name="Reason">How that is known, for people.</param>
public sealed record ModelHint(string Name, LatentSpace Space, string Reason)
{
    // The models that use FLUX.1's autoencoder unchanged: black-forest-labs/flux README; ComfyUI comfy/supported_models.py.
    private static readonly ImmutableArray<(string Name, LatentSpace Space)> Known =
    [
        ("flux1-dev", LatentSpace.Flux1), ("flux", LatentSpace.Flux1), ("flux1-schnell", LatentSpace.Flux1),
            ("flux1-fill", LatentSpace.Flux1), ("flux1-kontext", LatentSpace.Flux1), ("flux1-krea", LatentSpace.Flux1),
        ("chroma", LatentSpace.Flux1), ("hidream", LatentSpace.Flux1), ("lumina2", LatentSpace.Flux1), ("z-image", LatentSpace.Flux1),
        ("flux2-dev", LatentSpace.Flux2), ("flux2-klein", LatentSpace.Flux2),
        ("sd14", LatentSpace.Sd1), ("sd15", LatentSpace.Sd1), ("sd21", LatentSpace.Sd1), ("sdxl", LatentSpace.Sdxl),
            ("playground25", LatentSpace.Playground25),
        ("sd3", LatentSpace.Sd3), ("sd35", LatentSpace.Sd3), ("sd-x4", LatentSpace.SdUpscaler), ("sana", LatentSpace.Sana),
            ("ddpm", LatentSpace.Pixels),
    ];

    // What the names under which people know models have in common; letters and digits only, the telling parts first.
    private static readonly ImmutableArray<(string Part, LatentSpace Space)> Parts =
    [
        ("flux2", LatentSpace.Flux2), ("flux1", LatentSpace.Flux1), ("fluxdev", LatentSpace.Flux1), ("fluxschnell", LatentSpace.Flux1),
            ("krea", LatentSpace.Flux1), ("kontext", LatentSpace.Flux1), ("chroma", LatentSpace.Flux1), ("zimage", LatentSpace.Flux1),
        ("sdxl", LatentSpace.Sdxl), ("xlbase", LatentSpace.Sdxl), ("diffusionxl", LatentSpace.Sdxl), ("pony", LatentSpace.Sdxl),
            ("illustrious", LatentSpace.Sdxl),
        ("sd3", LatentSpace.Sd3), ("diffusion3", LatentSpace.Sd3), ("diffusion35", LatentSpace.Sd3),
        ("sd1", LatentSpace.Sd1), ("sd2", LatentSpace.Sd1), ("sdv1", LatentSpace.Sd1), ("sdv2", LatentSpace.Sd1),
            ("diffusionv1", LatentSpace.Sd1), ("diffusionv2", LatentSpace.Sd1),
        ("diffusion1", LatentSpace.Sd1), ("diffusion2", LatentSpace.Sd1), ("dreamshaper", LatentSpace.Sd1),
            ("playground", LatentSpace.Playground25), ("sana", LatentSpace.Sana),
    ];

    /// <summary>Names that <see cref="Named"/> knows.</summary>
    public static IEnumerable<string> KnownNames => Known.Select(k => k.Name);

    /// <summary>
    /// A model by name, ignoring case, dots and the difference between - and _: one of <see cref="KnownNames"/>, the id of a latent space
    /// or family, or a name such as <c>stable-diffusion-xl-base-1.0</c> that has a telling part.
    /// </summary>
    /// <exception cref="LatentSharpException">The name is not known.</exception>
    public static ModelHint Named(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        string plain = Plain(name);
        foreach ((string candidate, LatentSpace space) in Known)
            if (Plain(candidate) == plain) return new ModelHint(candidate, space, $"{candidate} works in the latent space of {space.Title}");
        if (LatentSpace.Find(name) is { } exact) return new ModelHint(name, exact, $"{name} is the latent space {exact.Title}");
        if (AutoencoderFamily.Find(name) is { } family)
            return new ModelHint(name, family.Space, $"{family.Title} speaks {family.Space.Title}");
        foreach ((string part, LatentSpace space) in Parts)
            if (plain.Contains(part, StringComparison.Ordinal))
                return new ModelHint(name, space, $"by its name {name} works in the latent space of {space.Title}");
        throw new LatentSharpException(ErrorKind.NotFound, name, "no model of this name is known.",
            $"Known are {string.Join(", ", KnownNames)}; or name the checkpoint file.");
    }

    /// <summary>What a checkpoint holds, told from the names of its tensors.</summary>
    /// <exception cref="LatentSharpException">It holds no diffusion model that is known.</exception>
    public static ModelHint Of(WeightSource checkpoint)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        IReadOnlyList<Network> networks = NetworkRecognition.Of(checkpoint);
        Network? model = networks.FirstOrDefault(n => n.Role == NetworkRole.DiffusionModel);
        if (model is { Space: { } space }) return new ModelHint(checkpoint.Name, space, $"it holds {model.Title} (the tensor {model.Tensor})");
        throw new LatentSharpException(ErrorKind.BadInput, checkpoint.Name,
            model is not null ? $"it holds {model.Title}, whose latent space is not known here."
            : $"no diffusion model that is known was found in it{(networks is [var other, ..] ? $"; what it holds is {other.Title}" : "")}.",
            $"Name the model instead: {string.Join(", ", KnownNames)}.");
    }

    private static string Plain(string name) => string.Concat(name.Where(char.IsLetterOrDigit)).ToLowerInvariant();
}
