using LatentSharp.Tuning;

namespace LatentSharp.Service.Planning;

/// <summary>A picture that is to be planned for.</summary>
public sealed record PlanRequest
{
    /// <summary>The size of the picture.</summary>
    public PixelSize Size { get; init; } = new(1024, 1024);

    /// <summary>The autoencoder by name or path; null for the default.</summary>
    public string? Autoencoder { get; init; }

    /// <summary>What is to be trained on pictures of that size; null for nothing.</summary>
    public TrainedPart? Train { get; init; }

    /// <summary>How networks are run.</summary>
    public ComputeOptions Compute { get; init; } = ComputeOptions.Default;
}
