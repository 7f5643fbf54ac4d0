using System.Globalization;
using LatentSharp.Tensors;
using LatentSharp.Weights;

namespace LatentSharp.Models.Autoencoders;

/// <summary>
/// The decoder of the published autoencoders of FLUX.1 and Stable Diffusion without their files: widths 128, 256, 512, 512, three blocks a
/// level. They differ in the channels of their latents alone.
/// </summary>
internal static class KLOutline
{
    private const int Blocks = 3;

    private static readonly int[] Levels = [128, 256, 512, 512];

    /// <summary>Names and shapes, under canonical names.</summary>
    /// <param name="name">What messages call it.</param>
    /// <param name="latent">Channels of the latent: 16, of Stable Diffusion 4.</param>
    /// <param name="convolved">Whether a convolution stands in front of it, as in Stable Diffusion.</param>
    public static WeightSource Decoder(string name, int latent, bool convolved)
    {
        var w = new OutlineWeights(name, ElementType.F32);
        int x = Levels[^1];
        if (convolved) Conv("post_quant_conv", latent, latent, 1);
        Conv("decoder.conv_in", x, latent, 3);
        Block("decoder.mid.block_1", x, x);
        Norm("decoder.mid.attn_1.norm", x);
        foreach (string part in (ReadOnlySpan<string>)["q", "k", "v", "proj_out"]) Conv("decoder.mid.attn_1." + part, x, x, 1);
        Block("decoder.mid.block_2", x, x);
        for (int level = Levels.Length - 1; level >= 0; level--)
        {
            string up = string.Create(CultureInfo.InvariantCulture, $"decoder.up.{level}.");
            for (int i = 0; i < Blocks; i++, x = Levels[level])
                Block(string.Create(CultureInfo.InvariantCulture, $"{up}block.{i}"), x, Levels[level]);
            if (level > 0) Conv(up + "upsample.conv", x, x, 3);
        }
        Norm("decoder.norm_out", x);
        Conv("decoder.conv_out", 3, x, 3);
        return w;

        void Block(string block, int inputs, int channels)
        {
            Norm(block + ".norm1", inputs);
            Conv(block + ".conv1", channels, inputs, 3);
            Norm(block + ".norm2", channels);
            Conv(block + ".conv2", channels, channels, 3);
            if (inputs != channels) Conv(block + ".nin_shortcut", channels, inputs, 1);
        }

        void Conv(string module, int outputs, int inputs, int kernel)
        {
            w.Add(module + ".weight", outputs, inputs, kernel, kernel);
            w.Add(module + ".bias", outputs);
        }

        void Norm(string module, int channels)
        {
            w.Add(module + ".weight", channels);
            w.Add(module + ".bias", channels);
        }
    }
}
