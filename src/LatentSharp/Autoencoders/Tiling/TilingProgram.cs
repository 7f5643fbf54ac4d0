namespace LatentSharp.Autoencoders.Tiling;

/// <summary>Whose way of tiling it is.</summary>
internal enum TilingProgram
{
    /// <summary>huggingface/diffusers.</summary>
    Diffusers,

    /// <summary>ComfyUI.</summary>
    ComfyUI,
}
