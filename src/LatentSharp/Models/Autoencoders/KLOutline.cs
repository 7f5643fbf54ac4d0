using System.Globalization;
using LatentSharp.Tensors;
using LatentSharp.Weights;

namespace LatentSharp.Models.Autoencoders;

/// <summary>
/// Names and shapes of the KL autoencoders of FLUX.1 and Stable Diffusion, under canonical names, without their files: the decoder as it is
/// published, and both halves for other widths.
/// </summary>
internal static class KLOutline
{
    private static readonly int[] Published = [128, 256, 512, 512];

    /// <summary>The published decoder: widths 128, 256, 512, 512, three blocks a level.</summary>
    /// <param name="name">What messages call it.</param>
    /// <param name="latent">Channels of the latent: 16, of Stable Diffusion 4.</param>
    /// <param name="convolved">Whether a convolution stands in front of it, as in Stable Diffusion.</param>
    public static WeightSource Decoder(string name, int latent, bool convolved)
    {
        var w = new OutlineWeights(name, ElementType.F32);
        AddDecoder(w, Published, 2, latent, convolved);
        return w;
    }

    /// <summary>Adds an encoder.</summary>
    /// <param name="w">Receives its tensors.</param>
    /// <param name="first">Channels behind its first convolution.</param>
    /// <param name="levels">Channels of every level of resolution, the finest first.</param>
    /// <param name="blocks">Residual blocks a level.</param>
    /// <param name="latent">Channels of the latent; it gives two numbers for each.</param>
    /// <param name="convolved">Whether a convolution stands behind it, as in Stable Diffusion.</param>
    public static void AddEncoder(OutlineWeights w, int first, ReadOnlySpan<int> levels, int blocks, int latent, bool convolved)
    {
        int x = first;
        Conv(w, "encoder.conv_in", x, 3, 3);
        for (int level = 0; level < levels.Length; level++)
        {
            string down = string.Create(CultureInfo.InvariantCulture, $"encoder.down.{level}.");
            x = Blocks(w, down, x, levels[level], blocks);
            if (level < levels.Length - 1) Conv(w, down + "downsample.conv", x, x, 3);
        }
        Middle(w, "encoder.mid.", x);
        Norm(w, "encoder.norm_out", x);
        Conv(w, "encoder.conv_out", 2 * latent, x, 3);
        if (convolved) Conv(w, "quant_conv", 2 * latent, 2 * latent, 1);
    }

    /// <summary>Adds a decoder, which has a block a level more than its encoder.</summary>
    /// <param name="w">Receives its tensors.</param>
    /// <param name="levels">Channels of every level of resolution, the finest first.</param>
    /// <param name="blocks">Residual blocks a level of the encoder.</param>
    /// <param name="latent">Channels of the latent.</param>
    /// <param name="convolved">Whether a convolution stands in front of it, as in Stable Diffusion.</param>
    public static void AddDecoder(OutlineWeights w, ReadOnlySpan<int> levels, int blocks, int latent, bool convolved)
    {
        int x = levels[^1];
        if (convolved) Conv(w, "post_quant_conv", latent, latent, 1);
        Conv(w, "decoder.conv_in", x, latent, 3);
        Middle(w, "decoder.mid.", x);
        for (int level = levels.Length - 1; level >= 0; level--)
        {
            string up = string.Create(CultureInfo.InvariantCulture, $"decoder.up.{level}.");
            x = Blocks(w, up, x, levels[level], blocks + 1);
            if (level > 0) Conv(w, up + "upsample.conv", x, x, 3);
        }
        Norm(w, "decoder.norm_out", x);
        Conv(w, "decoder.conv_out", 3, x, 3);
    }

    private static void Middle(OutlineWeights w, string mid, int channels)
    {
        Block(w, mid + "block_1", channels, channels);
        Norm(w, mid + "attn_1.norm", channels);
        foreach (string part in (ReadOnlySpan<string>)["q", "k", "v", "proj_out"]) Conv(w, $"{mid}attn_1.{part}", channels, channels, 1);
        Block(w, mid + "block_2", channels, channels);
    }

    private static int Blocks(OutlineWeights w, string level, int inputs, int channels, int count)
    {
        for (int i = 0; i < count; i++, inputs = channels)
            Block(w, string.Create(CultureInfo.InvariantCulture, $"{level}block.{i}"), inputs, channels);
        return channels;
    }

    private static void Block(OutlineWeights w, string block, int inputs, int channels)
    {
        Norm(w, block + ".norm1", inputs);
        Conv(w, block + ".conv1", channels, inputs, 3);
        Norm(w, block + ".norm2", channels);
        Conv(w, block + ".conv2", channels, channels, 3);
        if (inputs != channels) Conv(w, block + ".nin_shortcut", channels, inputs, 1);
    }

    private static void Conv(OutlineWeights w, string module, int outputs, int inputs, int kernel)
    {
        w.Add(module + ".weight", outputs, inputs, kernel, kernel);
        w.Add(module + ".bias", outputs);
    }

    private static void Norm(OutlineWeights w, string module, int channels)
    {
        w.Add(module + ".weight", channels);
        w.Add(module + ".bias", channels);
    }
}
