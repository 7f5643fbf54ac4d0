using LatentSharp.Graph;
using LatentSharp.Weights;

namespace LatentSharp.Models.Autoencoders;

/// <summary>
/// The tiny autoencoders of the TAESD family (madebyollin/taesd, <c>taesd.py</c>): 64 channels, no normalisation, so everything is local.
/// Numbers are indices of one flat Sequential. Pixels are in [0, 1]; latents are those of the diffusion model. TAEF2 has an extra pooled
/// branch in its innermost blocks.
/// </summary>
internal static class TinyAutoencoder
{
    private const int Width = 64;

    /// <summary>The encoder: picture [H, W, 3] in [0, 1] to latent [h, w, z] at an eighth of the size.</summary>
    /// <exception cref="LatentSharpException">A tensor is missing or has the wrong shape.</exception>
    public static NetworkGraph Encoder(WeightSource weights, int height, int width)
    {
        var w = new WeightScope(weights)["encoder"];
        Node x = Build.Input("image", height, width, 3);
        x = Block(x.Conv2d(w[0], Width, 3, bias: true), w[1]);
        for (int stage = 2; stage < 14; stage += 4)
        {
            x = x.Conv2d(w[stage], Width, 3, stride: 2, padding: Padding.All(1), bias: false);
            for (int block = stage + 1; block < stage + 4; block++) x = Block(x, w[block]);
        }
        x = x.Conv2d(w[14], ConvShape.Outputs(w[14]), 3, bias: true);
        return new NetworkGraph($"tiny encoder {height}x{width}", x);
    }

    /// <summary>The decoder: latent [h, w, z] to picture [H, W, 3], nominally in [0, 1] and not clamped.</summary>
    /// <exception cref="LatentSharpException">A tensor is missing or has the wrong shape.</exception>
    public static NetworkGraph Decoder(WeightSource weights, int latentHeight, int latentWidth)
    {
        var w = new WeightScope(weights)["decoder"];
        Node x = Build.Input("latent", latentHeight, latentWidth, ConvShape.Inputs(w[1]));
        x = x.Activate(ActivationKind.TanhClamp3).Conv2d(w[1], Width, 3, bias: true).ReLU();
        for (int stage = 3; stage < 18; stage += 5)
        {
            for (int block = stage; block < stage + 3; block++) x = Block(x, w[block]);
            x = x.Upsample2x().Conv2d(w[stage + 4], Width, 3, bias: false);
        }
        x = Block(x, w[18]).Conv2d(w[19], 3, 3, bias: true);
        return new NetworkGraph($"tiny decoder {latentHeight}x{latentWidth}", x);
    }

    /// <summary>A residual block of the family, as wide as what it reads.</summary>
    internal static Node Block(Node x, WeightScope w)
    {
        if (w["pool"][0].Has("weight")) x = x.Plus(Pool(x, w["pool"]), w.Path + ".pool");
        int width = x.Shape.Channels;
        Node h = x.Conv2d(w["conv"][0], width, 3).ReLU().Conv2d(w["conv"][2], width, 3).ReLU().Conv2d(w["conv"][4], width, 3);
        return h.Plus(x, w.Path).ReLU();
    }

    private static Node Pool(Node x, WeightScope w)
        => x.Conv2d(w[0], 4 * Width, 1, bias: false).GroupNorm(w[1], 4, 1e-5f).ReLU().Conv2d(w[3], Width, 1, bias: false);
}
