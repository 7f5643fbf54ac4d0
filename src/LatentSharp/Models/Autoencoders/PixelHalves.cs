using LatentSharp.Graph;

namespace LatentSharp.Models.Autoencoders;

/// <summary>The identity: what is decoded is what was encoded. Models that work on pixels are handled with it like all others.</summary>
internal sealed class PixelHalves : AutoencoderHalves
{
    public override bool CanEncode => true;

    public override bool CanDecode => true;

    public override int Factor => 1;

    public override int Channels => 3;

    public override NetworkGraph Encoder(int height, int width) => new("identity", Build.Input("image", height, width, 3));

    public override NetworkGraph Decoder(int latentHeight, int latentWidth)
        => new("identity", Build.Input("latent", latentHeight, latentWidth, 3));
}
