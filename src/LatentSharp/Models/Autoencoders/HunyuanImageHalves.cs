using LatentSharp.Graph;
using LatentSharp.Weights;

namespace LatentSharp.Models.Autoencoders;

/// <summary>The autoencoder of HunyuanImage 2.1.</summary>
internal sealed class HunyuanImageHalves : AutoencoderHalves
{
    private readonly WeightSource weights;

    public HunyuanImageHalves(WeightSource weights)
    {
        this.weights = weights;
        var root = new WeightScope(weights);
        CanEncode = Has(weights, "encoder.conv_in.weight");
        CanDecode = Has(weights, "decoder.conv_in.weight");
        WeightScope levels = CanDecode ? root["decoder"]["up"] : root["encoder"]["down"];
        string resampler = CanDecode ? "upsample" : "downsample";
        for (int level = 0; levels[level].Exists; level++)
            if (levels[level][resampler].Exists) Factor *= 2;
        Channels = CanDecode ? ConvShape.Inputs(root["decoder"]["conv_in"]) : ConvShape.Outputs(root["encoder"]["conv_out"]) / 2;
    }

    public override bool CanEncode { get; }

    public override bool CanDecode { get; }

    public override int Factor { get; } = 1;

    public override int Channels { get; }

    public override bool HasPosterior => true;

    public override NetworkGraph Encoder(int height, int width) => HunyuanImageAutoencoder.Encoder(weights, height, width);

    public override NetworkGraph Decoder(int latentHeight, int latentWidth)
        => HunyuanImageAutoencoder.Decoder(weights, latentHeight, latentWidth);
}
