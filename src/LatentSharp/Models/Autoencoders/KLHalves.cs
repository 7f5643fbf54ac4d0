using LatentSharp.Graph;
using LatentSharp.Weights;

namespace LatentSharp.Models.Autoencoders;

/// <summary>The KL autoencoder of Stable Diffusion and FLUX.</summary>
internal sealed class KLHalves : AutoencoderHalves
{
    private readonly WeightSource weights;

    public KLHalves(WeightSource weights)
    {
        this.weights = weights;
        var root = new WeightScope(weights);
        KLTensorNames.Require(weights);
        CanEncode = Has(weights, "encoder.conv_in.weight");
        CanDecode = Has(weights, "decoder.conv_in.weight");
        KLShapes shapes = CanDecode ? KLShapes.Decoder(root["decoder"]) : KLShapes.Encoder(root["encoder"]);
        HasAttention = shapes.Attention;
        Factor = shapes.Factor;
        Channels = CanDecode ? shapes.Inputs : shapes.Outputs / 2;
    }

    public override bool CanEncode { get; }

    public override bool CanDecode { get; }

    public override int Factor { get; }

    public override int Channels { get; }

    /// <summary>Whether there is an attention in the middle; only CogView4 has none.</summary>
    public bool HasAttention { get; }

    public override bool HasPosterior => true;

    /// <summary>Whether a source holds the tensors of at least one half.</summary>
    public static bool Recognises(WeightSource weights) => Has(weights, "decoder.up.0.block.0.conv1.weight")
        || Has(weights, "encoder.down.0.block.0.conv1.weight");

    public override NetworkGraph Encoder(int height, int width) => AutoencoderKL.Encoder(weights, height, width);

    public override NetworkGraph Decoder(int latentHeight, int latentWidth) => AutoencoderKL.Decoder(weights, latentHeight, latentWidth);
}
