using LatentSharp.Weights;

namespace LatentSharp.Autoencoders;

/// <summary>The autoencoder whose weights are a resource of this assembly; they are read in place.</summary>
internal static class EmbeddedAutoencoder
{
    private const string Resource = "LatentSharp.flux1-mini.safetensors";

    public static Autoencoder Open()
    {
        Stream stream = typeof(EmbeddedAutoencoder).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"the resource {Resource} is not part of this assembly");
        var file = SafetensorsFile.FromMemory((UnmanagedMemoryStream)stream, "embedded flux1-mini");
        return new Autoencoder("embedded", null, AutoencoderFamily.Flux1, LatentSpace.Flux1, new KLNetwork(file), file, [], ["the embedded autoencoder (flux1-mini): FLUX.1's latent space, a quarter of its width"])
        {
            LookAlikes = [AutoencoderFamily.Flux1, AutoencoderFamily.Sd3],
        };
    }
}
