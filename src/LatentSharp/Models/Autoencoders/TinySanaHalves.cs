using LatentSharp.Graph;
using LatentSharp.Weights;

namespace LatentSharp.Models.Autoencoders;

/// <summary>TAESana, the tiny autoencoder of Sana.</summary>
internal sealed class TinySanaHalves : AutoencoderHalves
{
    private readonly WeightSource weights;

    public TinySanaHalves(WeightSource weights)
    {
        this.weights = weights;
        var root = new WeightScope(weights);
        CanEncode = Has(weights, "encoder.0.weight");
        CanDecode = Has(weights, "decoder.1.weight");
        Channels = CanDecode ? ConvShape.Inputs(root["decoder"][1]) : ConvShape.Outputs(root["encoder"][17]);
    }

    public override bool CanEncode { get; }

    public override bool CanDecode { get; }

    public override int Factor => 32;

    public override int Channels { get; }

    public override bool UnitPixels => true;

    public override bool AlreadyScaled => true;

    /// <summary>
    /// Whether tensors under the names of the TAESD family are those of TAESana, by the layers that only it has.
    /// </summary>
    public static bool Recognises(WeightSource weights) => Has(weights, "decoder.29.weight")
        || Has(weights, "encoder.2.weight") && Has(weights, "encoder.17.weight");

    public override NetworkGraph Encoder(int height, int width) => TinySanaAutoencoder.Encoder(weights, height, width);

    public override NetworkGraph Decoder(int latentHeight, int latentWidth)
        => TinySanaAutoencoder.Decoder(weights, latentHeight, latentWidth);
}
