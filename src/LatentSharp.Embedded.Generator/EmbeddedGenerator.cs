using LatentSharp.Diffusion.Pipelines;

namespace LatentSharp;

/// <summary>
/// The generator whose files are part of this assembly: a transformer of FLUX.1's architecture and text encoders of the true kinds, all
/// small, trained by the project to draw a world of its own on latents of the embedded autoencoder. The files are unpacked once, and read
/// by the code that reads those of 24 GB.
/// </summary>
public static class EmbeddedGenerator
{
    private const string Name = "flux1-mini-generator", Card = "LatentSharp." + Name + ".md";

    /// <summary>What an <see cref="AutoencoderLibrary"/> needs to find it under the name <c>flux1-mini-generator</c>.</summary>
    public static BuiltInModel BuiltIn { get; } = new(Name, UnpackedFiles.In)
    {
        Title = "FLUX.1's architecture, small", Knows = "a small world of drawn scenes", Card = ReadCard,
    };

    /// <summary>
    /// Opens it with the embedded autoencoder. A picture has 256 x 256 pixels and 20 steps unless the request says otherwise.
    /// </summary>
    /// <param name="compute">How networks are run; null for the defaults, with weights kept from step to step as far as memory
    /// allows.</param>
    /// <param name="home">The folder below which the files are unpacked; null for the home of the library.</param>
    /// <exception cref="LatentSharpException">They can be unpacked nowhere.</exception>
    public static FluxPipeline Open(ComputeOptions? compute = null, string? home = null)
        => FluxPipeline.Open(FluxParts.OfFolder(UnpackedFiles.In(home ?? new AutoencoderLibrary().Home)), compute,
            autoencoder: EmbeddedAutoencoder.Shared);

    private static string ReadCard()
    {
        using Stream stream = typeof(EmbeddedGenerator).Assembly.GetManifestResourceStream(Card)
            ?? throw new InvalidOperationException($"the resource {Card} is not part of this assembly");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
