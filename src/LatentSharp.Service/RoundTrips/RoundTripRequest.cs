namespace LatentSharp.Service.RoundTrips;

/// <summary>Pictures that are to be encoded and decoded again.</summary>
public sealed record RoundTripRequest
{
    /// <summary>The pictures.</summary>
    public required InputSelection Inputs { get; init; }

    /// <summary>The folder for the pictures that show what became of them.</summary>
    public required string Output { get; init; }

    /// <summary>The autoencoder by name or path; null for the default.</summary>
    public string? Autoencoder { get; init; }

    /// <summary>Whether pictures of a batch are done again whose results are there already.</summary>
    public bool Again { get; init; }

    /// <summary>How networks are run.</summary>
    public ComputeOptions Compute { get; init; } = ComputeOptions.Default;
}
