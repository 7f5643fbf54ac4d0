using System.Collections.Immutable;
using LatentSharp.Graph;
using LatentSharp.Weights;

namespace LatentSharp.Models.Autoencoders;

/// <summary>
/// The autoencoders of Wan 2.1 and Qwen-Image, of Wan 2.2 TI2V-5B and of Qwen-Image-2.1 on one picture (Wan-Video/Wan2.1 9737cba,
/// <c>wan/modules/vae.py</c>; Wan-Video/Wan2.2 42bf4cf, <c>vae2_2.py</c>). They were made for video: their convolutions reach over three
/// frames, of which the first two are zeros where there is only one, so that the last temporal tap of every kernel is all that acts, and
/// <c>time_conv</c> never runs. What is left is a network in two dimensions, exactly. Names are the original ones; widths, depths and
/// patches are those of the tensors.
/// </summary>
internal static class WanAutoencoder
{
    // Channels of a picture whose patches of 2x2 pixels are channels: Wan 2.2.
    private const int PatchedColours = 12;

    // Inside a patch Wan counts down the columns, PixelUnshuffle2x along the rows. The exchange is its own inverse.
    private static readonly ImmutableArray<int> ColumnsFirst = [0, 2, 1, 3, 4, 6, 5, 7, 8, 10, 9, 11];

    /// <summary>
    /// The encoder: picture [H, W, 3] (4 with opacity, for Qwen-Image-2.1) in [-1, 1] to moments [h, w, 2 z]: mean, then log-variance.
    /// </summary>
    /// <exception cref="LatentSharpException">A tensor is missing or has the wrong shape.</exception>
    public static NetworkGraph Encoder(WeightSource weights, int height, int width)
    {
        var w = new WeightScope(weights)["encoder"];
        int colours = ConvShape.Inputs(w["conv1"]);
        Node x = Build.Input("image", height, width, colours == PatchedColours ? 3 : colours);
        if (colours == PatchedColours) x = x.PixelUnshuffle2x().SelectChannels(ColumnsFirst);
        x = x.Conv2d(w["conv1"], ConvShape.Outputs(w["conv1"]), 3);
        WeightScope levels = w["downsamples"];
        if (!WanShapes.IsStaged(levels)) x = Chain(x, levels);
        else
            for (int i = 0; levels[i].Exists; i++)
            {
                Node y = Chain(x, levels[i]["downsamples"]);
                x = y.Plus(Smaller(x, y.Shape, WanShapes.Frames(levels[i]["downsamples"])), levels[i].Path);
            }
        x = Head(Middle(x, w["middle"]), w["head"]);
        x = x.Conv2d(new WeightScope(weights)["quant_conv"], x.Shape.Channels, 1);
        return new NetworkGraph($"Wan encoder {height}x{width}", x);
    }

    /// <summary>The decoder: model latent [h, w, z] to picture [H, W, 3] (4 with opacity), nominally in [-1, 1] and not clamped.</summary>
    /// <exception cref="LatentSharpException">A tensor is missing or has the wrong shape.</exception>
    public static NetworkGraph Decoder(WeightSource weights, int latentHeight, int latentWidth)
    {
        var w = new WeightScope(weights)["decoder"];
        WeightScope quant = new WeightScope(weights)["post_quant_conv"];
        Node x = Build.Input("latent", latentHeight, latentWidth, ConvShape.Inputs(quant));
        x = x.Conv2d(quant, ConvShape.Outputs(quant), 1).Conv2d(w["conv1"], ConvShape.Outputs(w["conv1"]), 3);
        x = Middle(x, w["middle"]);
        WeightScope levels = w["upsamples"];
        if (!WanShapes.IsStaged(levels)) x = Chain(x, levels);
        else
            for (int i = 0; levels[i].Exists; i++)
            {
                WeightScope stage = levels[i]["upsamples"];
                Node y = Chain(x, stage);
                x = y.Shape.Height == x.Shape.Height ? y : y.Plus(Larger(x, y.Shape.Channels, WanShapes.Frames(stage)), levels[i].Path);
            }
        x = Head(x, w["head"]);
        if (x.Shape.Channels == PatchedColours) x = x.SelectChannels(ColumnsFirst).PixelShuffle2x();
        return new NetworkGraph($"Wan decoder {latentHeight}x{latentWidth}", x);
    }

    // Residual blocks and resamplers one after the other, as the numbers of their names go.
    private static Node Chain(Node x, WeightScope w)
    {
        for (int i = 0; w[i].Exists; i++)
            x = !w[i]["resample"].Exists ? Block(x, w[i])
                : w.Path.StartsWith("encoder.", StringComparison.Ordinal) ? Down(x, w[i]["resample"][1]) : Up(x, w[i]["resample"][1]);
        return x;
    }

    private static Node Block(Node x, WeightScope w)
    {
        WeightScope r = w["residual"];
        int channels = ConvShape.Outputs(r[2]);
        Node h = x.L2Norm(r[0]).SiLU().Conv2d(r[2], channels, 3);
        h = h.L2Norm(r[3]).SiLU().Conv2d(r[6], channels, 3);
        return h.Plus(w["shortcut"].Has("weight") ? x.Conv2d(w["shortcut"], channels, 1) : x, w.Path);
    }

    private static Node Middle(Node x, WeightScope w) => Block(Attention(Block(x, w[0]), w[1]), w[2]);

    private static Node Attention(Node x, WeightScope w)
    {
        int channels = x.Shape.Channels;
        Node h = x.L2Norm(w["norm"]);
        h = Build.Attention(h.Conv2d(w["to_q"], channels, 1), h.Conv2d(w["to_k"], channels, 1), h.Conv2d(w["to_v"], channels, 1), w.Path);
        return h.Conv2d(w["proj"], channels, 1).Plus(x, w.Path + ".residual");
    }

    private static Node Head(Node x, WeightScope w) => x.L2Norm(w[0]).SiLU().Conv2d(w[2], ConvShape.Outputs(w[2]), 3);

    // One zero column on the right and one zero row below, then no padding.
    private static Node Down(Node x, WeightScope w) => x.Conv2d(w, ConvShape.Outputs(w), 3, stride: 2, padding: new Padding(0, 0, 1, 1));

    private static Node Up(Node x, WeightScope w) => x.Upsample2x().Conv2d(w, ConvShape.Outputs(w), 3);

    /// <summary>
    /// The way around a stage of the encoder (AvgDown3D): channel, frame, row and column are one long channel axis, of which consecutive
    /// values are averaged. A frame of zeros stands in front of the picture where the stage also halves the frames.
    /// </summary>
    private static Node Smaller(Node x, FeatureShape to, int frames)
    {
        if (to.Height == x.Shape.Height) return x;
        x = x.PixelUnshuffle2x();
        if (frames == 2)
            x = x.SelectChannels(
                [.. Enumerable.Range(0, 2 * x.Shape.Channels).Select(i => i / 4 % 2 == 0 ? SelectChannels.Zero : i / 8 * 4 + i % 4)]);
        return x.MeanOfChannels(to.Channels);
    }

    /// <summary>
    /// The way around a stage of the decoder (DupUp3D): every channel is repeated in place and the result read as channel, frame, row,
    /// column; the last frame is the picture.
    /// </summary>
    private static Node Larger(Node x, int channels, int frames)
    {
        int times = 4 * frames * channels / x.Shape.Channels;
        int[] source = [.. Enumerable.Range(0, 4 * channels).Select(i => (i / 4 * frames * 4 + (frames - 1) * 4 + i % 4) / times)];
        bool nearest = Enumerable.Range(0, channels).All(c => source[4 * c] == source[4 * c + 3]);
        return nearest ? x.SelectChannels([.. Enumerable.Range(0, channels).Select(c => source[4 * c])]).Upsample2x()
            : x.SelectChannels([.. source]).PixelShuffle2x();
    }
}
