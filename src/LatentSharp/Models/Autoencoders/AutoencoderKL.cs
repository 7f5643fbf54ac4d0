using LatentSharp.Graph;
using LatentSharp.Weights;

namespace LatentSharp.Models.Autoencoders;

/// <summary>
/// The autoencoder of Stable Diffusion, FLUX.1 and FLUX.2 (black-forest-labs/flux, <c>modules/autoencoder.py</c>): residual blocks on
/// levels of halving resolution, one attention in the middle, except in CogView4. Widths, depths and multipliers are those of the tensors.
/// Names are the canonical BFL ones.
/// </summary>
internal static class AutoencoderKL
{
    private const int NormGroups = 32;
    private const float NormEpsilon = 1e-6f;

    /// <summary>
    /// The encoder: picture [H, W, 3] in [-1, 1] to the moments [h, w, 2z] of the posterior, the mean in the first z channels, the
    /// log-variance in the last. Every level but the coarsest halves the size, rounding down.
    /// </summary>
    /// <exception cref="LatentSharpException">A tensor is missing or has the wrong shape.</exception>
    public static NetworkGraph Encoder(WeightSource weights, int height, int width)
    {
        var w = new WeightScope(weights)["encoder"];
        KLShapes shapes = KLShapes.Encoder(w);

        Node x = Build.Input("image", height, width, 3);
        x = x.Conv2d(w["conv_in"], shapes.First, 3);
        for (int level = 0; level < shapes.Levels.Length; level++)
        {
            WeightScope down = w["down"][level];
            x = Blocks(x, down["block"], shapes.Levels[level]);
            if (level < shapes.Levels.Length - 1)
                x = x.Conv2d(down["downsample"]["conv"], x.Shape.Channels, 3, stride: 2, padding: new Padding(0, 0, 1, 1));
        }
        x = Middle(x, w["mid"], shapes.Attention);
        x = x.GroupNorm(w["norm_out"], NormGroups, NormEpsilon).SiLU();
        x = x.Conv2d(w["conv_out"], shapes.Outputs, 3);
        if (KLShapes.Find(weights, "encoder.quant_conv", "quant_conv") is { } quant) x = x.Conv2d(quant, x.Shape.Channels, 1);
        return new NetworkGraph($"encoder {height}x{width}", x);
    }

    /// <summary>
    /// The decoder: model-space latent [h, w, z] to the picture [H, W, 3], nominally in [-1, 1] and not clamped. Every level but the finest
    /// doubles the size.
    /// </summary>
    /// <exception cref="LatentSharpException">A tensor is missing or has the wrong shape.</exception>
    public static NetworkGraph Decoder(WeightSource weights, int latentHeight, int latentWidth)
    {
        var w = new WeightScope(weights)["decoder"];
        KLShapes shapes = KLShapes.Decoder(w);

        Node x = Build.Input("latent", latentHeight, latentWidth, shapes.Inputs);
        if (KLShapes.Find(weights, "decoder.post_quant_conv", "post_quant_conv") is { } postQuant) x = x.Conv2d(postQuant, x.Shape.Channels, 1);
        x = x.Conv2d(w["conv_in"], shapes.First, 3);
        x = Middle(x, w["mid"], shapes.Attention);
        for (int level = shapes.Levels.Length - 1; level >= 0; level--)     // the index is the level of resolution, 0 the finest
        {
            WeightScope up = w["up"][level];
            x = Blocks(x, up["block"], shapes.Levels[level]);
            if (level > 0) x = x.Upsample2x().Conv2d(up["upsample"]["conv"], x.Shape.Channels, 3);
        }
        x = x.GroupNorm(w["norm_out"], NormGroups, NormEpsilon).SiLU();
        x = x.Conv2d(w["conv_out"], 3, 3);
        return new NetworkGraph($"decoder {latentHeight}x{latentWidth}", x);
    }

    private static Node Blocks(Node x, WeightScope w, KLLevel level)
    {
        for (int block = 0; block < level.Blocks; block++) x = ResBlock(x, w[block], level.Channels);
        return x;
    }

    private static Node Middle(Node x, WeightScope w, bool attention)
    {
        x = ResBlock(x, w["block_1"], x.Shape.Channels);
        if (attention) x = AttentionBlock(x, w["attn_1"]);
        return ResBlock(x, w["block_2"], x.Shape.Channels);
    }

    private static Node ResBlock(Node x, WeightScope w, int channels)
    {
        Node h = x.GroupNorm(w["norm1"], NormGroups, NormEpsilon).SiLU().Conv2d(w["conv1"], channels, 3);
        h = h.GroupNorm(w["norm2"], NormGroups, NormEpsilon).SiLU().Conv2d(w["conv2"], channels, 3);
        if (channels != x.Shape.Channels) x = x.Conv2d(w["nin_shortcut"], channels, 1);
        return x.Plus(h, w.Path);
    }

    private static Node AttentionBlock(Node x, WeightScope w)
    {
        int channels = x.Shape.Channels;
        Node h = x.GroupNorm(w["norm"], NormGroups, NormEpsilon);
        Node q = h.Conv2d(w["q"], channels, 1), k = h.Conv2d(w["k"], channels, 1), v = h.Conv2d(w["v"], channels, 1);
        h = Build.Attention(q, k, v, w.Path + ".attention").Conv2d(w["proj_out"], channels, 1);
        return x.Plus(h, w.Path);
    }
}
