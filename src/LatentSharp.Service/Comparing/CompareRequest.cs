namespace LatentSharp.Service.Comparing;

/// <summary>Autoencoders that are to be measured with the same pictures.</summary>
public sealed record CompareRequest
{
    /// <summary>Two or more autoencoders by name or path.</summary>
    public required IReadOnlyList<string> Autoencoders { get; init; }

    /// <summary>The pictures to measure with.</summary>
    public required InputSelection Images { get; init; }

    /// <summary>The folder for the comparison.</summary>
    public required string Output { get; init; }

    /// <summary>How networks are run.</summary>
    public ComputeOptions Compute { get; init; } = ComputeOptions.Default;
}
