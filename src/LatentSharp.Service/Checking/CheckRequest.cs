namespace LatentSharp.Service.Checking;

/// <summary>Two things of which it is asked whether they belong together: two of an autoencoder, latents and a diffusion model.</summary>
public sealed record CheckRequest
{
    /// <summary>The autoencoder by name or path.</summary>
    public string? Autoencoder { get; init; }

    /// <summary>A latent file.</summary>
    public string? Latents { get; init; }

    /// <summary>A diffusion model: a checkpoint, or a name such as <c>flux1-dev</c>.</summary>
    public string? Model { get; init; }

    /// <summary>Files and names of which it is not said what they are; what they hold decides.</summary>
    public IReadOnlyList<string> Things { get; init; } = [];

    /// <summary>Whether the autoencoder is tried: it decodes and encodes, which takes as long as that takes.</summary>
    public bool Probe { get; init; } = true;

    /// <summary>How networks are run.</summary>
    public ComputeOptions Compute { get; init; } = ComputeOptions.Default;
}
