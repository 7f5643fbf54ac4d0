using LatentSharp.Networks;
using LatentSharp.Weights;

namespace LatentSharp.Autoencoders.Checks;

/// <summary>A transformer or UNet, as far as autoencoders are concerned: the latent space that it expects.</summary>
/// <param name="Name">What it is called: a name such as <c>flux1-dev</c>, or the checkpoint.</param>
/// <param name="Space">The space it expects.</param>
/// <param name="Reason">How that is known, for people.</param>
public sealed record ModelHint(string Name, LatentSpace Space, string Reason)
{
    /// <summary>Names that <see cref="Named"/> knows.</summary>
    public static IEnumerable<string> KnownNames => ModelNames.All.Select(k => k.Name);

    /// <summary>
    /// A model by name, ignoring case, dots and the difference between - and _: one of <see cref="KnownNames"/>, the id of a latent space
    /// or family, or a name such as <c>stable-diffusion-xl-base-1.0</c> that has a telling part.
    /// </summary>
    /// <exception cref="LatentSharpException">The name is not known.</exception>
    public static ModelHint Named(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        string plain = Plain(name);
        foreach ((string candidate, LatentSpace space) in ModelNames.All)
            if (Plain(candidate) == plain) return new ModelHint(candidate, space, $"{candidate} works in the latent space of {space.Title}");
        if (LatentSpace.Find(name) is { } exact) return new ModelHint(name, exact, $"{name} is the latent space {exact.Title}");
        if (AutoencoderFamily.Find(name) is { } family)
            return new ModelHint(name, family.Space, $"{family.Title} speaks {family.Space.Title}");
        foreach ((string part, string reason) in ModelNames.Others)
            if (plain.Contains(part, StringComparison.Ordinal))
                throw new LatentSharpException(ErrorKind.BadInput, name, $"{reason}: no autoencoder that is known here belongs to it.",
                    "Use the program that the model was published with.");
        foreach ((string part, LatentSpace space) in ModelNames.Parts)
            if (plain.Contains(part, StringComparison.Ordinal))
                return new ModelHint(name, space, $"by its name {name} works in the latent space of {space.Title}");
        string[] near = [.. Likeness.Nearest(name, KnownNames)];
        throw new LatentSharpException(ErrorKind.NotFound, name, "no model of this name is known.", near.Length > 0
            ? $"Did you mean {string.Join(" or ", near)}?" : $"Known are {string.Join(", ", KnownNames)}; or name the checkpoint file.");
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
