namespace LatentSharp;

/// <summary>
/// What <see cref="Autoencoder"/> does, for code that is tested without weights: pictures to latents and back. Implementations may be
/// called from several threads at once.
/// </summary>
public interface IAutoencoder
{
    /// <summary>The name for people.</summary>
    string Name { get; }

    /// <summary>The latent space it speaks.</summary>
    LatentSpace Space { get; }

    /// <summary>Whether the encoder is there.</summary>
    bool CanEncode { get; }

    /// <summary>Whether the decoder is there.</summary>
    bool CanDecode { get; }

    /// <summary>The latent of each picture; see <see cref="Autoencoder.Encode"/>.</summary>
    /// <param name="image">[N, 3, H, W] in [-1, 1].</param>
    /// <param name="options">Mean or sample, and how to run; null for the mean.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="LatentSharpException">There is no encoder, or the picture is none.</exception>
    /// <exception cref="OperationCanceledException">The call was cancelled.</exception>
    Latent Encode(ImageTensor image, EncodeOptions? options = null, IProgress<StepProgress>? progress = null,
        CancellationToken cancellationToken = default);

    /// <summary>The picture of each latent; see <see cref="Autoencoder.Decode"/>.</summary>
    /// <param name="latent">Latents in this autoencoder's space.</param>
    /// <param name="options">How to run; null for the defaults.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="LatentSharpException">There is no decoder, or the latent does not fit.</exception>
    /// <exception cref="OperationCanceledException">The call was cancelled.</exception>
    ImageTensor Decode(Latent latent, DecodeOptions? options = null, IProgress<StepProgress>? progress = null,
        CancellationToken cancellationToken = default);
}
