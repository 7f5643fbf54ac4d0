using LatentSharp.Graph;
using LatentSharp.Weights;

namespace LatentSharp.Models.Autoencoders;

/// <summary>TAEHV, the tiny autoencoders of Wan and Qwen-Image, on one picture.</summary>
internal sealed class TinyVideoHalves : AutoencoderHalves
{
    private readonly WeightSource weights;

    public TinyVideoHalves(WeightSource weights)
    {
        this.weights = weights;
        var root = new WeightScope(weights);
        CanEncode = Has(weights, "encoder.0.weight");
        CanDecode = Has(weights, "decoder.1.weight");
        int colours = CanDecode ? ConvShape.Outputs(root["decoder"][22]) : ConvShape.Inputs(root["encoder"][0]);
        Factor = colours == 3 ? 8 : 16;
        Channels = CanDecode ? ConvShape.Inputs(root["decoder"][1]) : ConvShape.Outputs(root["encoder"][17]);
    }

    public override bool CanEncode { get; }

    public override bool CanDecode { get; }

    public override int Factor { get; }

    public override int Channels { get; }

    public override bool UnitPixels => true;

    public override bool AlreadyScaled => true;

    /// <summary>Whether tensors under the names of the TAESD family are those of TAEHV, by the layers that only it has.</summary>
    public static bool Recognises(WeightSource weights) => Has(weights, "decoder.22.weight") || Has(weights, "encoder.2.conv.weight");

    public override NetworkGraph Encoder(int height, int width) => TinyVideoAutoencoder.Encoder(weights, height, width);

    public override NetworkGraph Decoder(int latentHeight, int latentWidth)
        => TinyVideoAutoencoder.Decoder(weights, latentHeight, latentWidth);
}
