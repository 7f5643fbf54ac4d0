namespace LatentSharp.Models.Autoencoders;

/// <summary>
/// Which kind of autoencoder the tensor names of a source belong to. The names alone do not tell the families of a kind apart.
/// </summary>
internal enum AutoencoderKind
{
    /// <summary>None that is known.</summary>
    Unknown,
    /// <summary>The KL autoencoder of latent diffusion: Stable Diffusion, SDXL, SD3, FLUX.1, FLUX.2.</summary>
    KL,
    /// <summary>The tiny autoencoders of the TAESD family.</summary>
    Tiny,
    /// <summary>DC-AE, as used by Sana.</summary>
    DeepCompression,
    /// <summary>Wan 2.1, Wan 2.2 TI2V-5B, Qwen-Image and Qwen-Image-2.1.</summary>
    Wan,
    /// <summary>HunyuanImage 2.1.</summary>
    HunyuanImage,
}
