namespace LatentSharp.Service.Inspecting;

/// <summary>A file that is to be explained.</summary>
public sealed record InspectRequest
{
    /// <summary>A weight file, a diffusers folder, a latent file, a picture, or an autoencoder by name.</summary>
    public required string File { get; init; }

    /// <summary>Whether the digests of a large file are computed too; of files up to 64 MB they always are.</summary>
    public bool Digest { get; init; }

    /// <summary>
    /// Whether the values of a large file are looked through for NaN and infinity; those of files up to 64 MB always are.
    /// </summary>
    public bool Deep { get; init; }

    /// <summary>Whether every tensor is listed.</summary>
    public bool Tensors { get; init; }
}
