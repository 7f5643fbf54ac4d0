namespace LatentSharp.Service.Reporting;

/// <summary>An autoencoder that is to be measured.</summary>
public sealed record ReportRequest
{
    /// <summary>The autoencoder by name or path.</summary>
    public required string Autoencoder { get; init; }

    /// <summary>The pictures to measure with.</summary>
    public required InputSelection Images { get; init; }

    /// <summary>The folder for the report.</summary>
    public required string Output { get; init; }

    /// <summary>Whether the experiments are run.</summary>
    public bool Experiments { get; init; } = true;

    /// <summary>How networks are run.</summary>
    public ComputeOptions Compute { get; init; } = ComputeOptions.Default;
}
