using LatentSharp.Graph;
using LatentSharp.Weights;

namespace LatentSharp.Models.Autoencoders;

/// <summary>DC-AE, the deep compression autoencoder.</summary>
internal sealed class DeepCompressionHalves : AutoencoderHalves
{
    private readonly WeightSource weights;
    private readonly int headChannels;

    /// <param name="weights">Its tensors.</param>
    /// <param name="headChannels"><c>attention_head_dim</c> of the configuration; null for the 32 of all published files.</param>
    public DeepCompressionHalves(WeightSource weights, int? headChannels)
    {
        this.weights = weights;
        this.headChannels = headChannels ?? 32;
        var root = new WeightScope(weights);
        CanEncode = root["encoder"]["conv_out"].Has("weight");
        CanDecode = root["decoder"]["conv_in"].Has("weight");
        Factor = 1 << (DeepCompressionShapes.Levels(CanDecode ? root["decoder"]["up_blocks"] : root["encoder"]["down_blocks"]) - 1);
        Channels = CanDecode ? ConvShape.Inputs(root["decoder"]["conv_in"]) : ConvShape.Outputs(root["encoder"]["conv_out"]);
    }

    public override bool CanEncode { get; }

    public override bool CanDecode { get; }

    public override int Factor { get; }

    public override int Channels { get; }

    public override NetworkGraph Encoder(int height, int width) => DeepCompressionAutoencoder.Encoder(weights, height, width, headChannels);

    public override NetworkGraph Decoder(int latentHeight, int latentWidth)
        => DeepCompressionAutoencoder.Decoder(weights, latentHeight, latentWidth, headChannels);
}
