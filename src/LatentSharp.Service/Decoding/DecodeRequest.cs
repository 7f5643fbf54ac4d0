namespace LatentSharp.Service.Decoding;

/// <summary>Latents that are to become pictures.</summary>
public sealed record DecodeRequest
{
    /// <summary>The latent files.</summary>
    public required InputSelection Inputs { get; init; }

    /// <summary>A picture, a raw image (<c>.safetensors</c>), or a folder; null for the current folder.</summary>
    public string? Output { get; init; }

    /// <summary>The autoencoder by name or path; null for the default.</summary>
    public string? Autoencoder { get; init; }

    /// <summary>Bits for each channel of a PNG or TIFF: 8 or 16.</summary>
    public int Bits { get; init; } = 8;

    /// <summary>Whether latents of another space are decoded all the same; the colours will be wrong.</summary>
    public bool IgnoreSpace { get; init; }

    /// <summary>Whether latents of a batch are decoded again whose pictures are there already.</summary>
    public bool Again { get; init; }

    /// <summary>Whether the result lists every file; a long batch is better followed file by file.</summary>
    public bool KeepResults { get; init; } = true;

    /// <summary>Tile as another program does it; null to compute pictures whole.</summary>
    public BlendedTiling? Tiling { get; init; }

    /// <summary>How networks are run.</summary>
    public ComputeOptions Compute { get; init; } = ComputeOptions.Default;
}
