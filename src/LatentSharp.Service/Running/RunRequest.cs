using LatentSharp.Diffusion.Pipelines;

namespace LatentSharp.Service.Running;

/// <summary>A network that is to be computed on named tensors.</summary>
public sealed record RunRequest
{
    /// <summary>
    /// The file or folder with the weights: a FLUX.1 transformer, CLIP's text encoder, an encoder of T5 v1.1, or all of them; SigLIP's
    /// image encoder; a UNet on pixels; an autoencoder.
    /// </summary>
    public required string Network { get; init; }

    /// <summary>Which of the networks in the file; null where there is one, or where the inputs tell.</summary>
    public NetworkKind? Kind { get; init; }

    /// <summary>
    /// A safetensors file with the inputs under the references' names: <c>img img_ids txt txt_ids timesteps y guidance</c>,
    /// <c>siglip</c>, <c>pixel_values</c>, <c>input_ids</c>, <c>sample timestep</c>, <c>image</c>, or one of <c>z latent sampled</c>; one
    /// after the other where there are several of each.
    /// </summary>
    public required string Inputs { get; init; }

    /// <summary>The safetensors file to write.</summary>
    public required string Output { get; init; }

    /// <summary>LoRAs for a transformer, with their strengths.</summary>
    public IReadOnlyList<LoraPart> Loras { get; init; } = [];

    /// <summary>What shapes do not show; null for what a <c>config.json</c> beside the weights says.</summary>
    public string? Configuration { get; init; }

    /// <summary>How it is computed.</summary>
    public ComputeOptions Compute { get; init; } = ComputeOptions.Default;
}

/// <summary>The networks that can be computed.</summary>
public enum NetworkKind
{
    /// <summary>The transformer of FLUX.1, in all its variants.</summary>
    Transformer,
    /// <summary>What makes text tokens of SigLIP's features for FLUX.1 Redux.</summary>
    Redux,
    /// <summary>SigLIP's image encoder, with which Redux sees pictures.</summary>
    Siglip,
    /// <summary>CLIP's text encoder.</summary>
    Clip,
    /// <summary>The encoder of T5 v1.1.</summary>
    T5,
    /// <summary>The UNet of DDPM that works on pixels.</summary>
    Unet,
    /// <summary>An autoencoder's way from a picture to a latent.</summary>
    Encoder,
    /// <summary>An autoencoder's way from a latent to a picture.</summary>
    Decoder,
}
