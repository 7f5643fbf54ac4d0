namespace LatentSharp.Quality.Metrics;

/// <summary>The way of a picture through an encoder and a decoder, which need not belong to one autoencoder.</summary>
/// <param name="encoder">What encodes.</param>
/// <param name="decoder">What decodes, whichever latent space it speaks.</param>
/// <param name="compute">How networks are run.</param>
internal sealed class ThereAndBack(Autoencoder encoder, Autoencoder decoder, ComputeOptions? compute)
{
    private readonly EncodeOptions encode = new() { Compute = compute };
    private readonly DecodeOptions decode = new() { Compute = compute, IgnoreSpaceMismatch = encoder != decoder };

    /// <summary>Encodes and decodes.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="seed">Draws from the posterior; null takes its mean.</param>
    /// <param name="cancellationToken">Ends it soon.</param>
    public ImageTensor Of(ImageTensor picture, ulong? seed, CancellationToken cancellationToken)
        => decoder.Decode(encoder.Encode(picture, encode with { Seed = seed }, cancellationToken: cancellationToken), decode,
            cancellationToken: cancellationToken);
}
