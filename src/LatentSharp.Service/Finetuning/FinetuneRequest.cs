namespace LatentSharp.Service.Finetuning;

/// <summary>An autoencoder that is to be trained further on pictures.</summary>
public sealed record FinetuneRequest : TuningRequest
{
    /// <summary>The autoencoder by name or path; it is left as it is.</summary>
    public required string Autoencoder { get; init; }

    /// <summary>A folder of latents that are called as the pictures are; null to encode the pictures.</summary>
    public string? Latents { get; init; }
}
