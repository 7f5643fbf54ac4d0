namespace LatentSharp.Service.Recalibrating;

/// <summary>What a recalibration changes.</summary>
public enum RecalibrateKind
{
    /// <summary>The decoder's colours, by an affine map that is folded into its last layer.</summary>
    Colour,
    /// <summary>The whole last layer of the decoder.</summary>
    LastLayer,
    /// <summary>No weights: the scale and shift of the latents, one for all channels.</summary>
    Latents,
    /// <summary>No weights: the scale and shift of the latents, one for each channel.</summary>
    LatentChannels,
}

/// <summary>An autoencoder that is to be improved in closed form.</summary>
public sealed record RecalibrateRequest
{
    /// <summary>The autoencoder by name or path; it is left as it is.</summary>
    public required string Autoencoder { get; init; }

    /// <summary>The pictures: every second one is used for the fit, the others for the proof.</summary>
    public required InputSelection Images { get; init; }

    /// <summary>The new safetensors file.</summary>
    public required string Output { get; init; }

    /// <summary>What is changed.</summary>
    public RecalibrateKind Kind { get; init; }

    /// <summary>How networks are run.</summary>
    public ComputeOptions Compute { get; init; } = ComputeOptions.Default;
}
