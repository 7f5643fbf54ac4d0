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

    /// <summary>In a line, after what may be wrong with it.</summary>
    /// <param name="how">What was done, as the beginning of the line: "encoded with".</param>
    /// <param name="used">The autoencoder.</param>
    /// <param name="output">Where it is printed.</param>
    internal static void Print(string how, UsedAutoencoder used, Output output)
    {
        foreach (string warning in used.Warnings) output.Note($"{used.Path}: {warning}");
        output.Line($"{how} {Of(used)}");
    }

    private static string Of(UsedAutoencoder used) => used.Path is null
        ? $"the {used.Name} autoencoder, latent space {used.SpaceTitle}"
            + (used.Name == AutoencoderLibrary.EmbeddedName ? " (small and softer than FLUX.1's own: see --ae)" : "")
        : $"{used.Path} ({used.FamilyTitle}), latent space {used.SpaceTitle}";
}
