namespace LatentSharp.Networks;

/// <summary>What a network is for among the parts from which pictures are made.</summary>
internal enum NetworkRole
{
    /// <summary>It takes the noise away: a transformer or a UNet.</summary>
    DiffusionModel,
    /// <summary>It reads a prompt.</summary>
    TextEncoder,
    /// <summary>It looks at a picture.</summary>
    ImageEncoder,
    /// <summary>Small changes to another network: a LoRA and its relatives.</summary>
    Lora,
    /// <summary>It steers a diffusion model.</summary>
    ControlNet,
    /// <summary>It hands a picture to a diffusion model as if it were text.</summary>
    Adapter,
    /// <summary>A word of its own for a text encoder.</summary>
    Embedding,
    /// <summary>It enlarges finished pictures.</summary>
    Upscaler,
}

/// <summary>A network of known architecture that weights hold, told by their names and shapes. Autoencoders are none of these.</summary>
/// <param name="Role">What it is for.</param>
/// <param name="Model">
/// Which: <c>flux1-dev</c>, <c>sdxl</c>, <c>clip-l</c>, <c>t5-xxl</c>; of a LoRA the model that it changes. Null where names and shapes do
/// not tell.
/// </param>
/// <param name="Title">What it is in words, with an article.</param>
/// <param name="Space">The latent space that it works in; null where that is not known, or it sees no latents.</param>
/// <param name="Tensor">The tensor by which it was told.</param>
internal sealed record Network(NetworkRole Role, string? Model, string Title, LatentSpace? Space, string Tensor)
{
    /// <summary>What stands before its names in the file, with the dot; empty where it has the file for itself.</summary>
    public string Prefix { get; init; } = "";
}
