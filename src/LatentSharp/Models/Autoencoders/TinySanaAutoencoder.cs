using LatentSharp.Graph;
using LatentSharp.Weights;

namespace LatentSharp.Models.Autoencoders;

/// <summary>
/// TAESana, the tiny autoencoder of Sana (madebyollin/taesd, <c>taesd.py</c>): the blocks of TAESD on five levels, a decoder that is wider
/// where the latent is small. Numbers are indices of one flat Sequential. Pixels are in [0, 1]; latents are those of the diffusion model.
/// </summary>
internal static class TinySanaAutoencoder
{
    /// <summary>The encoder: picture [H, W, 3] in [0, 1] to latent [h, w, z] at a 32nd of the size.</summary>
    /// <exception cref="LatentSharpException">A tensor is missing or has the wrong shape.</exception>
    public static NetworkGraph Encoder(WeightSource weights, int height, int width)
    {
        var w = new WeightScope(weights)["encoder"];
        Node x = Build.Input("image", height, width, 3);
        foreach (int stem in (ReadOnlySpan<int>)[0, 2]) x = Smaller(x, w[stem], bias: true).ReLU();
        x = TinyAutoencoder.Block(x, w[4]);
        for (int stage = 5; stage < 17; stage += 4)
        {
            x = Smaller(x, w[stage], bias: false);
            for (int block = stage + 1; block < stage + 4; block++) x = TinyAutoencoder.Block(x, w[block]);
        }
        x = x.Conv2d(w[17], ConvShape.Outputs(w[17]), 3, bias: true);
        return new NetworkGraph($"TAESana encoder {height}x{width}", x);
    }

    /// <summary>The decoder: latent [h, w, z] to picture [H, W, 3], nominally in [0, 1] and not clamped.</summary>
    /// <exception cref="LatentSharpException">A tensor is missing or has the wrong shape.</exception>
    public static NetworkGraph Decoder(WeightSource weights, int latentHeight, int latentWidth)
    {
        var w = new WeightScope(weights)["decoder"];
        Node x = Build.Input("latent", latentHeight, latentWidth, ConvShape.Inputs(w[1]));
        x = x.Activate(ActivationKind.TanhClamp3).Conv2d(w[1], ConvShape.Outputs(w[1]), 3, bias: true).ReLU();
        for (int stage = 3; stage < 28; stage += 5)
        {
            for (int block = stage; block < stage + 3; block++) x = TinyAutoencoder.Block(x, w[block]);
            x = x.Upsample2x().Conv2d(w[stage + 4], ConvShape.Outputs(w[stage + 4]), 3, bias: false);
        }
        x = TinyAutoencoder.Block(x, w[28]).Conv2d(w[29], 3, 3, bias: true);
        return new NetworkGraph($"TAESana decoder {latentHeight}x{latentWidth}", x);
    }

    private static Node Smaller(Node x, WeightScope w, bool bias)
        => x.Conv2d(w, ConvShape.Outputs(w), 3, stride: 2, padding: Padding.All(1), bias: bias);
}
