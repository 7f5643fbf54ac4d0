namespace LatentSharp.Service.Claims;

/// <summary>Autoencoders with which common claims are put to the test.</summary>
public sealed record ClaimsRequest
{
    /// <summary>Autoencoders to weaken and to cross, by name or path.</summary>
    public required IReadOnlyList<string> Autoencoders { get; init; }

    /// <summary>Pictures of 384 pixels each way at least.</summary>
    public required InputSelection Images { get; init; }

    /// <summary>The folder for the table and a sheet of pictures.</summary>
    public required string Output { get; init; }

    /// <summary>How networks are run.</summary>
    public ComputeOptions Compute { get; init; } = ComputeOptions.Default;
}
