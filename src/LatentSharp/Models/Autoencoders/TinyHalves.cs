using LatentSharp.Graph;
using LatentSharp.Weights;

namespace LatentSharp.Models.Autoencoders;

/// <summary>The tiny autoencoders of the TAESD family.</summary>
internal sealed class TinyHalves : AutoencoderHalves
{
    private readonly WeightSource weights;

    public TinyHalves(WeightSource weights)
    {
        this.weights = weights;
        var root = new WeightScope(weights);
        CanEncode = Has(weights, "encoder.0.weight");
        CanDecode = Has(weights, "decoder.1.weight");
        Channels = CanDecode ? ConvShape.Inputs(root["decoder"][1]) : ConvShape.Outputs(root["encoder"][14]);
    }

    public override bool CanEncode { get; }

    public override bool CanDecode { get; }

    public override int Factor => 8;

    public override int Channels { get; }

    public override bool UnitPixels => true;

    public override bool AlreadyScaled => true;

    public override NetworkGraph Encoder(int height, int width) => TinyAutoencoder.Encoder(weights, height, width);

    public override NetworkGraph Decoder(int latentHeight, int latentWidth) => TinyAutoencoder.Decoder(weights, latentHeight, latentWidth);
}
