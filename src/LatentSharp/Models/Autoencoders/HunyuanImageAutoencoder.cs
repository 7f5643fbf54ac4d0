using LatentSharp.Graph;
using LatentSharp.Weights;

namespace LatentSharp.Models.Autoencoders;

/// <summary>
/// The autoencoder of HunyuanImage 2.1 (ComfyUI <c>comfy/ldm/hunyuan_video/vae.py</c>, diffusers <c>autoencoder_kl_hunyuanimage.py</c>): 64
/// channels at a 32nd of the size. Its resamplers move pixels into channels and change the width; ways around them carry means and repeats.
/// Names are the original ones, in which <c>decoder.up.0</c> is the coarsest level and runs first.
/// </summary>
internal static class HunyuanImageAutoencoder
{
    private const int NormGroups = 32;
    private const float NormEpsilon = 1e-6f;

    /// <summary>The encoder: picture [H, W, 3] in [-1, 1] to moments [h, w, 128]: mean, then log-variance.</summary>
    /// <exception cref="LatentSharpException">A tensor is missing or has the wrong shape.</exception>
    public static NetworkGraph Encoder(WeightSource weights, int height, int width)
    {
        var w = new WeightScope(weights)["encoder"];
        Node x = Build.Input("image", height, width, 3);
        x = x.Conv2d(w["conv_in"], ConvShape.Outputs(w["conv_in"]), 3);
        for (int level = 0; w["down"][level].Exists; level++)
        {
            x = Blocks(x, w["down"][level]["block"]);
            WeightScope conv = w["down"][level]["downsample"]["conv"];
            if (!conv.Exists) continue;
            int quarter = ConvShape.Outputs(conv);
            x = ToChannels(x.Conv2d(conv, quarter, 3)).Plus(ToChannels(x).MeanOfChannels(4 * quarter), conv.Path);
        }
        x = Middle(x, w["mid"]);
        int moments = ConvShape.Outputs(w["conv_out"]);
        Node h = x.GroupNorm(w["norm_out"], NormGroups, NormEpsilon).SiLU().Conv2d(w["conv_out"], moments, 3);
        return new NetworkGraph($"HunyuanImage encoder {height}x{width}", h.Plus(x.MeanOfChannels(moments), "encoder.output"));
    }

    /// <summary>The decoder: model latent [h, w, 64] to picture [H, W, 3], nominally in [-1, 1] and not clamped.</summary>
    /// <exception cref="LatentSharpException">A tensor is missing or has the wrong shape.</exception>
    public static NetworkGraph Decoder(WeightSource weights, int latentHeight, int latentWidth)
    {
        var w = new WeightScope(weights)["decoder"];
        int widest = ConvShape.Outputs(w["conv_in"]), channels = ConvShape.Inputs(w["conv_in"]);
        Node z = Build.Input("latent", latentHeight, latentWidth, channels);
        Node x = z.Conv2d(w["conv_in"], widest, 3)
            .Plus(z.RepeatChannels(DeepCompressionShapes.Ratio(widest, channels, w["conv_in"])), "decoder.input");
        x = Middle(x, w["mid"]);
        for (int level = 0; w["up"][level].Exists; level++)
        {
            x = Blocks(x, w["up"][level]["block"]);
            WeightScope conv = w["up"][level]["upsample"]["conv"];
            if (!conv.Exists) continue;
            int all = ConvShape.Outputs(conv);
            x = ToPixels(x.Conv2d(conv, all, 3))
                .Plus(ToPixels(x.RepeatChannels(DeepCompressionShapes.Ratio(all, x.Shape.Channels, conv))), conv.Path);
        }
        x = x.GroupNorm(w["norm_out"], NormGroups, NormEpsilon).SiLU().Conv2d(w["conv_out"], 3, 3);
        return new NetworkGraph($"HunyuanImage decoder {latentHeight}x{latentWidth}", x);
    }

    private static Node Blocks(Node x, WeightScope w)
    {
        for (int i = 0; w[i].Exists; i++) x = Block(x, w[i]);
        return x;
    }

    private static Node Block(Node x, WeightScope w)
    {
        int channels = x.Shape.Channels;
        Node h = x.GroupNorm(w["norm1"], NormGroups, NormEpsilon).SiLU().Conv2d(w["conv1"], channels, 3);
        return h.GroupNorm(w["norm2"], NormGroups, NormEpsilon).SiLU().Conv2d(w["conv2"], channels, 3).Plus(x, w.Path);
    }

    private static Node Middle(Node x, WeightScope w)
    {
        x = Block(x, w["block_1"]);
        WeightScope a = w["attn_1"];
        int channels = x.Shape.Channels;
        Node h = x.GroupNorm(a["norm"], NormGroups, NormEpsilon);
        h = Build.Attention(h.Conv2d(a["q"], channels, 1), h.Conv2d(a["k"], channels, 1), h.Conv2d(a["v"], channels, 1),
            a.Path + ".attention");
        return Block(h.Conv2d(a["proj_out"], channels, 1).Plus(x, a.Path), w["block_2"]);
    }

    // The four pixels of a patch follow one another, each with all its channels: (row * 2 + column) * C + c.
    private static Node ToChannels(Node x)
    {
        int channels = x.Shape.Channels;
        return x.PixelUnshuffle2x().SelectChannels([.. Enumerable.Range(0, 4 * channels).Select(i => i % channels * 4 + i / channels)]);
    }

    private static Node ToPixels(Node x)
    {
        int channels = x.Shape.Channels / 4;
        return x.SelectChannels([.. Enumerable.Range(0, 4 * channels).Select(i => i % 4 * channels + i / 4)]).PixelShuffle2x();
    }
}
