namespace LatentSharp.Latents;

/// <summary>
/// The keys of <see cref="Latent.Provenance"/> that LatentSharp itself writes. In a latent file each stands in the metadata under
/// <c>origin.</c>.
/// </summary>
internal static class LatentProvenance
{
    /// <summary>
    /// The name of the autoencoder that encoded the latent, as the user gave it: a path, a catalogue name, <c>embedded</c>.
    /// </summary>
    public const string Autoencoder = "autoencoder";

    /// <summary>
    /// SHA-256 of the autoencoder's file, or of what it contains where that is no single file: 64 lower-case hexadecimal digits.
    /// </summary>
    public const string AutoencoderDigest = "autoencoder_sha256";

    /// <summary>The name of the picture that was encoded.</summary>
    public const string Picture = "picture";

    /// <summary>SHA-256 of the picture's file, 64 lower-case hexadecimal digits.</summary>
    public const string PictureDigest = "picture_sha256";

    /// <summary>The seed of the noise when the posterior was sampled; absent when the values are its mean.</summary>
    public const string Seed = "seed";

    /// <summary>How the picture was tiled, where it was not encoded whole: as <see cref="BlendedTiling.ToString"/> says it.</summary>
    public const string Tiling = "tiling";

    /// <summary>
    /// The program and version that encoded the latent, such as <c>LatentSharp 1.0.0</c>. Filled in when a file is written without it.
    /// </summary>
    public const string Tool = "tool";
}
