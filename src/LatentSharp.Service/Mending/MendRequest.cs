namespace LatentSharp.Service.Mending;

/// <summary>Latents of other programs that are to be written so that they say what they are.</summary>
public sealed record MendRequest
{
    /// <summary>The latent files.</summary>
    public required InputSelection Inputs { get; init; }

    /// <summary>A latent file, or a folder; null for the current folder.</summary>
    public string? Output { get; init; }

    /// <summary>The id of the space that files are written in which name none; null to go by the values.</summary>
    public string? Space { get; init; }

    /// <summary>Whether the values are those of the autoencoder, to which scale and shift have still to be applied.</summary>
    public bool Unscaled { get; init; }

    /// <summary>The size of the picture, which packed tokens do not tell; null to take them for a square.</summary>
    public PixelSize? Size { get; init; }
}
