using LatentSharp.Graph;
using LatentSharp.Weights;

namespace LatentSharp.Models.Autoencoders;

/// <summary>The two halves of an autoencoder as graphs, and what a caller has to know about their inputs and outputs.</summary>
internal abstract class AutoencoderHalves
{
    /// <summary>Whether the encoder's tensors are there.</summary>
    public abstract bool CanEncode { get; }

    /// <summary>Whether the decoder's tensors are there.</summary>
    public abstract bool CanDecode { get; }

    /// <summary>Pixels per position of the model latent, each way.</summary>
    public abstract int Factor { get; }

    /// <summary>Channels of the model latent.</summary>
    public abstract int Channels { get; }

    /// <summary>Whether the encoder gives a mean and a log-variance instead of the latent itself.</summary>
    public virtual bool HasPosterior => false;

    /// <summary>Whether pixels are in [0, 1] instead of [-1, 1].</summary>
    public virtual bool UnitPixels => false;

    /// <summary>Whether the latents are those of the diffusion model already, so that no scale and shift apply.</summary>
    public virtual bool AlreadyScaled => false;

    /// <summary>Whether pictures have a fourth channel, their opacity, 1 where they hide what is behind them.</summary>
    public virtual bool HasOpacity => false;

    /// <summary>Picture [H, W, 3] to moments or latent [h, w, C].</summary>
    public abstract NetworkGraph Encoder(int height, int width);

    /// <summary>Model latent [h, w, C] to picture [H, W, 3].</summary>
    public abstract NetworkGraph Decoder(int latentHeight, int latentWidth);

    /// <summary>Whether a source has a tensor of that name.</summary>
    protected static bool Has(WeightSource weights, string name) => weights.Tensors.ContainsKey(name);
}
