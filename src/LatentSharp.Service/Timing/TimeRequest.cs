namespace LatentSharp.Service.Timing;

/// <summary>An autoencoder that is to be timed on this machine.</summary>
public sealed record TimeRequest
{
    /// <summary>The size of the picture.</summary>
    public PixelSize Size { get; init; } = new(512, 512);

    /// <summary>The autoencoder by name or path; null for the default.</summary>
    public string? Autoencoder { get; init; }

    /// <summary>How often each half is run after one run to warm up.</summary>
    public int Repeat { get; init; } = 3;

    /// <summary>How networks are run.</summary>
    public ComputeOptions Compute { get; init; } = ComputeOptions.Default;
}
