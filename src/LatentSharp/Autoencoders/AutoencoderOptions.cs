
namespace LatentSharp;

/// <summary>How an autoencoder is opened.</summary>
public sealed record AutoencoderOptions
{
    /// <summary>The family, when the caller knows it; null to find it out. It has to fit the tensors.</summary>
    public AutoencoderFamily? Family { get; init; }

    /// <summary>What to call it; null for the name of the file, or of the weights.</summary>
    public string? Name { get; init; }

    /// <summary>
    /// The other half, when encoder and decoder lie in separate files; null to look for it beside the first under the usual name.
    /// </summary>
    public string? OtherHalf { get; init; }
}

/// <summary>How pictures are encoded.</summary>
public sealed record EncodeOptions
{
    /// <summary>
    /// Sample the posterior with this seed (see <see cref="Latents.GaussianNoise"/>); null takes its mean, which is what most tools call
    /// encoding.
    /// </summary>
    public ulong? Seed { get; init; }

    /// <summary>Sample the posterior with this noise instead of a seed: [N, z, h, w] in the layout of the model latent.</summary>
    public ReadOnlyMemory<float>? Noise { get; init; }

    /// <summary>Keep the log-variance of the posterior in the latent. Autoencoders without a posterior leave it out.</summary>
    public bool KeepPosterior { get; init; }

    /// <summary>How the network is run; null for the defaults.</summary>
    public ComputeOptions? Compute { get; init; }

    /// <summary>
    /// Tile as another program does it, to get what that program gets; null to compute the picture whole, whatever its size.
    /// </summary>
    public BlendedTiling? Tiling { get; init; }
}

/// <summary>How latents are decoded.</summary>
public sealed record DecodeOptions
{
    /// <summary>How the network is run; null for the defaults.</summary>
    public ComputeOptions? Compute { get; init; }

    /// <summary>
    /// Tile as another program does it, to get what that program gets; null to compute the picture whole, whatever its size.
    /// </summary>
    public BlendedTiling? Tiling { get; init; }

    /// <summary>
    /// Decode a latent of another space nevertheless, when it has the right number of channels. The picture is then marked in
    /// <see cref="ImageTensor.Notes"/>.
    /// </summary>
    public bool IgnoreSpaceMismatch { get; init; }
}
