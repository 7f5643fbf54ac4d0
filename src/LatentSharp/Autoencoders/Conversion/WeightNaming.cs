namespace LatentSharp.Autoencoders.Conversion;

/// <summary>Which names a converted file uses.</summary>
public enum WeightNaming
{
    /// <summary>
    /// The names of the original FLUX code; for tiny autoencoders the indices of the original code, under <c>taesd_encoder.</c> and
    /// <c>taesd_decoder.</c> when both halves go into one file.
    /// </summary>
    Bfl,
    /// <summary>The names of diffusers.</summary>
    Diffusers,
    /// <summary>The names of the latent diffusion code: as BFL, with <c>quant_conv</c> at the top level.</summary>
    Ldm,
}
