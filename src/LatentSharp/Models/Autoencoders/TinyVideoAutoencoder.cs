using LatentSharp.Graph;
using LatentSharp.Weights;
using LatentSharp.Weights.Views;

namespace LatentSharp.Models.Autoencoders;

/// <summary>
/// TAEHV, the tiny autoencoders of Wan 2.1 and Qwen-Image (<c>taew2_1</c>) and of Wan 2.2 TI2V-5B (<c>taew2_2</c>), on one picture
/// (madebyollin/taehv 1f14a56, <c>taehv.py</c>). The original repeats the picture to four frames when encoding and keeps the last of four
/// when decoding; frames that come out equal are computed once here, so that two are left where their past differs. Pixels are in [0, 1];
/// latents are those of the diffusion model.
/// </summary>
internal static class TinyVideoAutoencoder
{
    // Channels of a picture whose patches of 2x2 pixels are channels.
    private const int PatchedColours = 12;

    /// <summary>The encoder: picture [H, W, 3] in [0, 1] to latent [h, w, z].</summary>
    /// <exception cref="LatentSharpException">A tensor is missing or has the wrong shape.</exception>
    public static NetworkGraph Encoder(WeightSource weights, int height, int width)
    {
        var w = new WeightScope(weights)["encoder"];
        Node x = Build.Input("image", height, width, 3);
        if (ConvShape.Inputs(w[0]) == PatchedColours) x = x.PixelUnshuffle2x();
        x = x.Conv2d(w[0], ConvShape.Outputs(w[0]), 3, bias: true).ReLU();
        x = Down(Pool(x, x, w[2]), w[3]);
        Node a = x, b = x;
        for (int block = 4; block <= 6; block++) (a, b) = (Block(a, null, w[block]), Block(b, a, w[block]));
        x = Down(Pool(a, b, w[7]), w[8]);
        for (int block = 9; block <= 11; block++) x = Block(x, null, w[block]);
        x = Down(x.Conv2d(w[12]["conv"], ConvShape.Outputs(w[12]["conv"]), 1, bias: false), w[13]);
        for (int block = 14; block <= 16; block++) x = Block(x, null, w[block]);
        x = x.Conv2d(w[17], ConvShape.Outputs(w[17]), 3, bias: true);
        return new NetworkGraph($"TAEHV encoder {height}x{width}", x);
    }

    /// <summary>The decoder: latent [h, w, z] to picture [H, W, 3], nominally in [0, 1] and not clamped.</summary>
    /// <exception cref="LatentSharpException">A tensor is missing or has the wrong shape.</exception>
    public static NetworkGraph Decoder(WeightSource weights, int latentHeight, int latentWidth)
    {
        var w = new WeightScope(weights)["decoder"];
        Node x = Build.Input("latent", latentHeight, latentWidth, ConvShape.Inputs(w[1]));
        x = x.Activate(ActivationKind.TanhClamp3).Conv2d(w[1], ConvShape.Outputs(w[1]), 3, bias: true).ReLU();
        for (int block = 3; block <= 5; block++) x = Block(x, null, w[block]);
        x = Wider(x, w[7], w[8]);
        for (int block = 9; block <= 11; block++) x = Block(x, null, w[block]);
        Node both = x.Upsample2x().Conv2d(w[13]["conv"], ConvShape.Outputs(w[13]["conv"]), 1, bias: false);
        Node a = Conv(both.Channels(0, both.Shape.Channels / 2), w[14]),
            b = Conv(both.Channels(both.Shape.Channels / 2, both.Shape.Channels / 2), w[14]);
        for (int block = 15; block <= 17; block++) (a, b) = (Block(a, null, w[block]), Block(b, a, w[block]));
        both = b.Upsample2x().Conv2d(w[19]["conv"], ConvShape.Outputs(w[19]["conv"]), 1, bias: false);
        x = Conv(both.Channels(both.Shape.Channels / 2, both.Shape.Channels / 2), w[20]).ReLU();
        x = x.Conv2d(w[22], ConvShape.Outputs(w[22]), 3, bias: true);
        if (x.Shape.Channels == PatchedColours) x = x.PixelShuffle2x();
        return new NetworkGraph($"TAEHV decoder {latentHeight}x{latentWidth}", x);
    }

    // A block sees its own input of the frame before beside that of its frame; the first frame's past is zeros.
    private static Node Block(Node x, Node? past, WeightScope w)
    {
        int channels = x.Shape.Channels;
        WeightScope conv = w["conv"];
        Node h = past is null ? x.Conv2d(WithoutPast(conv[0], channels), channels, 3)
            : Build.Concat(w.Path + ".past", x, past).Conv2d(conv[0], channels, 3);
        return h.ReLU().Conv2d(conv[2], channels, 3).ReLU().Conv2d(conv[4], channels, 3).Plus(x, w.Path).ReLU();
    }

    // The part of a kernel [C, 2 C, 3, 3] that reads the frame itself.
    private static WeightScope WithoutPast(WeightScope conv, int channels)
    {
        var own = new SelectedWeights(conv.Source);
        own.SelectFirstHalf(conv.Take("weight", channels, 2 * channels, 3, 3).Name, 1);
        return new WeightScope(own, conv.Path);
    }

    private static Node Pool(Node a, Node b, WeightScope w)
        => Build.Concat(w.Path + ".frames", a, b).Conv2d(w["conv"], ConvShape.Outputs(w["conv"]), 1, bias: false);

    private static Node Down(Node x, WeightScope w)
        => x.Conv2d(w, ConvShape.Outputs(w), 3, stride: 2, padding: Padding.All(1), bias: false);

    private static Node Conv(Node x, WeightScope w) => x.Conv2d(w, ConvShape.Outputs(w), 3, bias: false);

    private static Node Wider(Node x, WeightScope grow, WeightScope conv)
        => Conv(x.Upsample2x().Conv2d(grow["conv"], ConvShape.Outputs(grow["conv"]), 1, bias: false), conv);
}
