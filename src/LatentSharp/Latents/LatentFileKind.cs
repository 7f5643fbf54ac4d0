namespace LatentSharp.Latents;

/// <summary>What a file of tensors means to LatentSharp.</summary>
public enum LatentFileKind
{
    /// <summary>Written by LatentSharp: names its space.</summary>
    LatentSharp,
    /// <summary>
    /// ComfyUI's SaveLatent, current form: <c>latent_tensor</c> in the autoencoder's own ("model") space, marked by
    /// <c>latent_format_version_0</c>.
    /// </summary>
    Comfy,
    /// <summary>
    /// ComfyUI's SaveLatent before the marker existed: <c>latent_tensor</c> is Stable Diffusion 1's diffusion-space latent.
    /// </summary>
    ComfyUnmarked,
    /// <summary>A tensor <c>latent</c> in diffusion space whose file says nothing else.</summary>
    Plain,
    /// <summary>
    /// The cache of a trainer: kohya's sd-scripts (an archive of NumPy with <c>latents</c> or <c>latents_HxW</c>) or musubi-tuner
    /// (<c>latents_FxHxW_TYPE</c>).
    /// </summary>
    Trainer,
    /// <summary>A single array of NumPy or torch, or one under a word such as <c>latents</c>, whose file says nothing else.</summary>
    Array,
    /// <summary>No latent.</summary>
    None,
}
