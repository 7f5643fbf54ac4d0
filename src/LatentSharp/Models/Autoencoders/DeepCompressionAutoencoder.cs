using LatentSharp.Graph;
using LatentSharp.Weights;

namespace LatentSharp.Models.Autoencoders;

/// <summary>
/// DC-AE, the deep compression autoencoder of Sana (diffusers 58eb52c, <c>autoencoder_dc.py</c>): residual blocks on the fine levels,
/// linear attention on the coarse ones, and shortcuts that rearrange pixels and channels around every change of resolution. Deterministic;
/// pixels in [-1, 1]. Names are those of diffusers. Levels, layers and the kinds of blocks are those of the tensors.
/// </summary>
internal static class DeepCompressionAutoencoder
{
    private const float NormEpsilon = 1e-5f;

    /// <summary>The encoder: picture [H, W, 3] to latent [h, w, z]. Sides are multiples of 2 to the number of levels less one.</summary>
    /// <param name="weights">The tensors.</param>
    /// <param name="height">H.</param>
    /// <param name="width">W.</param>
    /// <param name="headChannels">Channels of an attention head where no multiscale branch tells them: <c>attention_head_dim</c> of the
    /// configuration.</param>
    /// <exception cref="LatentSharpException">A tensor is missing or has the wrong shape.</exception>
    public static NetworkGraph Encoder(WeightSource weights, int height, int width, int headChannels = 32)
    {
        var w = new WeightScope(weights)["encoder"];
        WeightScope levels = w["down_blocks"];
        int count = DeepCompressionShapes.Levels(levels);

        Node x = Build.Input("image", height, width, 3);
        x = w["conv_in"].Has("weight") ? x.Conv2d(w["conv_in"], ConvShape.Outputs(w["conv_in"]), 3)
            : Down(x, w["conv_in"], DeepCompressionShapes.Channels(levels[1]), shortcut: false);
        for (int level = 0; level < count; level++)
        {
            for (int i = 0; levels[level][i].Exists; i++)
            {
                WeightScope at = levels[level][i];
                x = at["conv"].Has("weight") ? Down(x, at, DeepCompressionShapes.Channels(levels[level + 1]), shortcut: true)
                    : Block(x, at, headChannels);
            }
        }
        int latent = ConvShape.Outputs(w["conv_out"]);
        x = x.Conv2d(w["conv_out"], latent, 3).Plus(x.MeanOfChannels(latent), "encoder.output");
        return new NetworkGraph($"DC-AE encoder {height}x{width}", x);
    }

    /// <summary>The decoder: latent [h, w, z] to picture [H, W, 3], nominally in [-1, 1] and not clamped.</summary>
    /// <param name="weights">The tensors.</param>
    /// <param name="latentHeight">h.</param>
    /// <param name="latentWidth">w.</param>
    /// <param name="headChannels">Channels of an attention head where no multiscale branch tells them.</param>
    /// <exception cref="LatentSharpException">A tensor is missing or has the wrong shape.</exception>
    public static NetworkGraph Decoder(WeightSource weights, int latentHeight, int latentWidth, int headChannels = 32)
    {
        var w = new WeightScope(weights)["decoder"];
        WeightScope levels = w["up_blocks"];

        Node z = Build.Input("latent", latentHeight, latentWidth, ConvShape.Inputs(w["conv_in"]));
        int widest = ConvShape.Outputs(w["conv_in"]);
        Node x = z.Conv2d(w["conv_in"], widest, 3)
            .Plus(z.RepeatChannels(DeepCompressionShapes.Ratio(widest, z.Shape.Channels, w["conv_in"])), "decoder.input");
        // The index is the level of resolution, 0 the finest.
        for (int level = DeepCompressionShapes.Levels(levels) - 1; level >= 0; level--)
        {
            for (int i = 0; levels[level][i].Exists; i++)
            {
                WeightScope at = levels[level][i];
                x = at["conv"].Has("weight") ? Up(x, at, DeepCompressionShapes.Channels(levels[level]), shortcut: true)
                    : Block(x, at, headChannels);
            }
        }
        x = x.RmsNorm(w["norm_out"], NormEpsilon).ReLU();
        x = w["conv_out"].Has("weight") ? x.Conv2d(w["conv_out"], 3, 3) : Up(x, w["conv_out"], 3, shortcut: false);
        return new NetworkGraph($"DC-AE decoder {latentHeight}x{latentWidth}", x);
    }

    private static Node Block(Node x, WeightScope w, int headChannels)
    {
        if (!w["attn"].Exists) return ResBlock(x, w);
        return GatedConv(Attention(x, w["attn"], headChannels), w["conv_out"]);
    }

    // Only the in/mix variants have batch norm, and they have ReLU in the same blocks.
    private static Node ResBlock(Node x, WeightScope w)
    {
        int channels = x.Shape.Channels;
        bool batchNorm = w["norm"].Has("running_mean");
        Node h = x.Conv2d(w["conv1"], channels, 3, bias: true);
        h = (batchNorm ? h.ReLU() : h.SiLU()).Conv2d(w["conv2"], channels, 3, bias: false);
        h = batchNorm ? h.BatchNorm(w["norm"], NormEpsilon) : h.RmsNorm(w["norm"], NormEpsilon);
        return h.Plus(x, w.Path);
    }

    private static Node Attention(Node x, WeightScope w, int headChannels)
    {
        int channels = x.Shape.Channels;
        Node qkv = Build.Concat(w.Path + ".qkv", x.Conv2d(w["to_q"], channels, 1, bias: false),
            x.Conv2d(w["to_k"], channels, 1, bias: false), x.Conv2d(w["to_v"], channels, 1, bias: false));
        var parts = new List<Node> { qkv };
        WeightScope scales = w["to_qkv_multiscale"];
        for (int i = 0; scales[i].Exists; i++)
        {
            headChannels = ConvShape.Inputs(scales[i]["proj_out"]);
            int kernel = DeepCompressionShapes.Kernel(scales[i]["proj_in"]), all = 3 * channels;
            Node local = qkv.Conv2d(scales[i]["proj_in"], all, kernel, groups: all, bias: false);
            parts.Add(local.Conv2d(scales[i]["proj_out"], all, 1, groups: DeepCompressionShapes.Ratio(all, headChannels, scales[i]),
                bias: false));
        }
        Node joined = parts.Count == 1 ? qkv : Build.Concat(w.Path + ".multiscale", [.. parts]);
        Node h = joined.ReluLinearAttention(headChannels, w.Path + ".attention").Conv2d(w["to_out"], channels, 1, bias: false);
        return h.RmsNorm(w["norm_out"], NormEpsilon).Plus(x, w.Path);
    }

    private static Node GatedConv(Node x, WeightScope w)
    {
        int channels = x.Shape.Channels, inner = ConvShape.Outputs(w["conv_inverted"]);
        Node h = x.Conv2d(w["conv_inverted"], inner, 1, bias: true).SiLU();
        h = h.Conv2d(w["conv_depth"], inner, 3, groups: inner, bias: true).GatedSiLU();
        return h.Conv2d(w["conv_point"], channels, 1, bias: false).RmsNorm(w["norm"], NormEpsilon).Plus(x, w.Path);
    }

    private static Node Down(Node x, WeightScope w, int channels, bool shortcut)
    {
        bool strided = ConvShape.Outputs(w["conv"]) == channels;
        Node main = strided ? x.Conv2d(w["conv"], channels, 3, stride: 2) : x.Conv2d(w["conv"], channels / 4, 3).PixelUnshuffle2x();
        return shortcut ? main.Plus(x.PixelUnshuffle2x().MeanOfChannels(channels), w.Path) : main;
    }

    private static Node Up(Node x, WeightScope w, int channels, bool shortcut)
    {
        bool nearest = ConvShape.Outputs(w["conv"]) == channels;
        Node main = nearest ? x.Upsample2x().Conv2d(w["conv"], channels, 3) : x.Conv2d(w["conv"], 4 * channels, 3).PixelShuffle2x();
        return shortcut
            ? main.Plus(x.RepeatChannels(DeepCompressionShapes.Ratio(4 * channels, x.Shape.Channels, w)).PixelShuffle2x(), w.Path) : main;
    }
}
