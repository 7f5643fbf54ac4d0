using LatentSharp.Tensors;

namespace LatentSharp.Service.Encoding;

/// <summary>Pictures that are to become latents.</summary>
public sealed record EncodeRequest
{
    /// <summary>The pictures.</summary>
    public required InputSelection Inputs { get; init; }

    /// <summary>The latent file, or a folder; null for the current folder.</summary>
    public string? Output { get; init; }

    /// <summary>The autoencoder by name or path; null for the default.</summary>
    public string? Autoencoder { get; init; }

    /// <summary>The seed to draw from the posterior with; null for its mean.</summary>
    public ulong? Seed { get; init; }

    /// <summary>Whether the posterior's log-variance is kept in the file.</summary>
    public bool KeepPosterior { get; init; }

    /// <summary>How the values are stored: F32, F16 or BF16.</summary>
    public ElementType Type { get; init; } = ElementType.F32;

    /// <summary>Whether files of a batch are encoded again whose latents are there already.</summary>
    public bool Again { get; init; }

    /// <summary>Whether the result lists every file; a long batch is better followed file by file.</summary>
    public bool KeepResults { get; init; } = true;

    /// <summary>Tile as another program does it; null to compute pictures whole.</summary>
    public BlendedTiling? Tiling { get; init; }

    /// <summary>How networks are run.</summary>
    public ComputeOptions Compute { get; init; } = ComputeOptions.Default;
}
