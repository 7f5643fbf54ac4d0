namespace LatentSharp.Service.Evaluating;

/// <summary>An autoencoder of which it is asked how well it stands in for another one.</summary>
public sealed record EvaluateRequest
{
    /// <summary>The autoencoder in question by name or path; null for the default.</summary>
    public string? Autoencoder { get; init; }

    /// <summary>The autoencoder of the same latent space to measure it against.</summary>
    public required string Against { get; init; }

    /// <summary>The pictures to measure with.</summary>
    public required InputSelection Images { get; init; }

    /// <summary>Pictures are cut to their middle of at most so many pixels each way; larger ones than twice this are left out.</summary>
    public int Size { get; init; } = 512;

    /// <summary>A folder for a sheet of every picture; null for none.</summary>
    public string? Output { get; init; }

    /// <summary>How networks are run.</summary>
    public ComputeOptions Compute { get; init; } = ComputeOptions.Default;
}
