namespace LatentSharp.Quality.Findings;

/// <summary>What a diagnosis has to go on; the more there is, the more it can tell.</summary>
public sealed record DiagnosisInput
{
    /// <summary>The picture that looks wrong.</summary>
    public ImageTensor? Picture { get; init; }

    /// <summary>What it should look like: the picture that was encoded, or another decoding of the same latent. Of the same size.</summary>
    public ImageTensor? Reference { get; init; }

    /// <summary>The latent that the picture was decoded from.</summary>
    public Latent? Latent { get; init; }

    /// <summary>The autoencoder that decoded it.</summary>
    public Autoencoder? Autoencoder { get; init; }

    /// <summary>The latent space of the diffusion model, when it is known.</summary>
    public LatentSpace? ModelSpace { get; init; }

    /// <summary>
    /// Autoencoders with which a picture without a latent is encoded again, to see whether one of them decoded it from a latent of another
    /// space.
    /// </summary>
    public IReadOnlyList<Autoencoder> AtHand { get; init; } = [];

    /// <summary>How networks are run; null for the defaults.</summary>
    public ComputeOptions? Compute { get; init; }

    /// <summary>The checkpoint that the picture's metadata name, such as <c>sd_xl_base_1.0</c>; null when they name none.</summary>
    public string? NamedCheckpoint { get; init; }

    /// <summary>The autoencoder that the picture's metadata name; null when they name none.</summary>
    public string? NamedAutoencoder { get; init; }
}
