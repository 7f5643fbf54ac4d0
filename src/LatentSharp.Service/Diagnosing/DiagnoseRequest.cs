namespace LatentSharp.Service.Diagnosing;

/// <summary>A picture or a latent that looks wrong, and what else there is to go by.</summary>
public sealed record DiagnoseRequest
{
    /// <summary>The picture that looks wrong; a latent file counts as <see cref="Latent"/> where none is named.</summary>
    public string? Picture { get; init; }

    /// <summary>What it should look like, of the same size but for less than 32 pixels that a program cut off or filled up.</summary>
    public string? Reference { get; init; }

    /// <summary>The latent that it was decoded from.</summary>
    public string? Latent { get; init; }

    /// <summary>The autoencoder that decoded it, by name or path.</summary>
    public string? Autoencoder { get; init; }

    /// <summary>The diffusion model: a checkpoint, or a name such as <c>sdxl</c>.</summary>
    public string? Model { get; init; }

    /// <summary>The folder for a page with the picture, marked places, plots and what to do; null for none.</summary>
    public string? Output { get; init; }

    /// <summary>How networks are run.</summary>
    public ComputeOptions Compute { get; init; } = ComputeOptions.Default;

    /// <summary>Whether the results of many files are kept; a long batch tells each as it is finished.</summary>
    public bool KeepResults { get; init; } = true;
}
