using System.CommandLine;
using LatentSharp.Service.Autoencoders;

namespace LatentSharp.Cli;

/// <summary>How an autoencoder is named and shown.</summary>
internal static class ShownAutoencoder
{
    /// <summary>The option <c>--ae</c>.</summary>
    internal static Option<string?> Option() => new("--ae")
    {
        Description = "The autoencoder: a file, a diffusers folder, or a name that `latent ae list` shows.",
        HelpName = "NAME|PATH",
    };

    /// <summary>In one line.</summary>
    internal static string Of(UsedAutoencoder used) => used.Path is null
        ? $"the {used.Name} autoencoder, latent space {used.SpaceTitle}"
            + (used.Name == AutoencoderLibrary.EmbeddedName ? " (small and softer than FLUX.1's own: see --ae)" : "")
        : $"{used.Path} ({used.FamilyTitle}), latent space {used.SpaceTitle}";
}
