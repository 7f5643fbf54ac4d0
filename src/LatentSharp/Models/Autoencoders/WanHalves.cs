using LatentSharp.Graph;
using LatentSharp.Weights;

namespace LatentSharp.Models.Autoencoders;

/// <summary>The autoencoders of Wan and Qwen-Image on one picture.</summary>
internal sealed class WanHalves : AutoencoderHalves
{
    private const int PatchedColours = 12;

    private readonly WeightSource weights;

    public WanHalves(WeightSource weights)
    {
        this.weights = weights;
        var root = new WeightScope(weights);
        CanEncode = Has(weights, "encoder.conv1.weight");
        CanDecode = Has(weights, "decoder.conv1.weight");
        WeightScope half = CanDecode ? root["decoder"] : root["encoder"];
        int colours = CanDecode ? ConvShape.Outputs(half["head"][2]) : ConvShape.Inputs(half["conv1"]);
        if (colours is not (3 or 4 or PatchedColours)
            || (colours == PatchedColours && !WanShapes.IsStaged(half[CanDecode ? "upsamples" : "downsamples"])))
            throw new LatentSharpException(ErrorKind.BadInput, weights.Name,
                $"this autoencoder of Wan's kind has {colours} picture channels, such as one whose decoder enlarges the picture; those are not opened.",
                "Use the autoencoder that was published with the model.");
        Factor = (1 << WanShapes.Halvings(half)) * (colours == PatchedColours ? 2 : 1);
        Channels = CanDecode ? ConvShape.Inputs(root["post_quant_conv"]) : ConvShape.Outputs(root["quant_conv"]) / 2;
        HasOpacity = colours == 4;
    }

    public override bool CanEncode { get; }

    public override bool CanDecode { get; }

    public override int Factor { get; }

    public override int Channels { get; }

    public override bool HasPosterior => true;

    public override bool HasOpacity { get; }

    public override NetworkGraph Encoder(int height, int width) => WanAutoencoder.Encoder(weights, height, width);

    public override NetworkGraph Decoder(int latentHeight, int latentWidth) => WanAutoencoder.Decoder(weights, latentHeight, latentWidth);
}
