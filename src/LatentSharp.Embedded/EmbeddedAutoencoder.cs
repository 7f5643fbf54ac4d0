using LatentSharp.Weights.Files;

namespace LatentSharp;

/// <summary>
/// The autoencoder whose weights are part of this assembly: FLUX.1's latent space and layout at a quarter of the width, trained by the
/// project on 151 freely licensed photographs. The weights are a resource and are read in place.
/// </summary>
public static class EmbeddedAutoencoder
{
    private const string Resource = "LatentSharp.flux1-mini.safetensors";

    private static readonly Lazy<Autoencoder> shared = new(Open);
    private static readonly Lazy<string> sha256 = new(Hash);

    /// <summary>One shared instance for the whole process; disposing it does nothing.</summary>
    public static Autoencoder Shared => shared.Value;

    /// <summary>The SHA-256 of the weights as a safetensors file: 64 lower-case hexadecimal digits.</summary>
    public static string Sha256 => sha256.Value;

    /// <summary>What an <see cref="AutoencoderLibrary"/> needs to find it under the name <c>embedded</c>.</summary>
    public static BuiltInAutoencoder BuiltIn { get; } = new(AutoencoderLibrary.EmbeddedName, () => Shared) { Sha256 = () => Sha256 };

    private static Autoencoder Open()
        => Autoencoder.From(SafetensorsFile.FromMemory(Weights(), "embedded flux1-mini"),
            new AutoencoderOptions { Name = BuiltIn.Name, Family = AutoencoderFamily.Flux1 });

    private static unsafe string Hash()
    {
        using UnmanagedMemoryStream weights = Weights();
        return LatentSharp.Weights.Identity.Sha256.Of(new ReadOnlySpan<byte>(weights.PositionPointer, (int)weights.Length));
    }

    private static UnmanagedMemoryStream Weights()
        => (UnmanagedMemoryStream)(typeof(EmbeddedAutoencoder).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"the resource {Resource} is not part of this assembly"));
}
