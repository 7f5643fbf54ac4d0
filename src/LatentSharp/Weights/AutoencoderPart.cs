namespace LatentSharp.Weights;

/// <summary>Which half of an autoencoder is kept.</summary>
public enum AutoencoderPart
{
    /// <summary>Encoder and decoder.</summary>
    Vae,
    /// <summary>The encoder with <c>quant_conv</c> and the latent's statistics.</summary>
    Encoder,
    /// <summary>The decoder with <c>post_quant_conv</c> and the latent's statistics.</summary>
    Decoder,
}
