using LatentSharp.Tensors;

namespace LatentSharp.Bench.Weights;

/// <summary>Names and shapes of the tensors of the autoencoders that are measured.</summary>
internal static class NetworkTensors
{
    private static readonly int[] Widths = [128, 256, 512, 512]; // by level of resolution, finest first
    private const int Latent = 16;

    /// <summary>
    /// The FLUX.1 autoencoder: 244 tensors, 83,819,683 parameters (black-forest-labs/flux, <c>modules/autoencoder.py</c> with the
    /// parameters of <c>util.py</c>).
    /// </summary>
    public static IEnumerable<(string Name, Shape Shape)> Flux1()
        => [.. Half("encoder", 3, Widths[0], 2 * Latent, Widths[^1]), .. Down(),
            .. Half("decoder", Latent, Widths[^1], 3, Widths[0]), .. Up()];

    /// <summary>
    /// One half of the TAEF1 autoencoder: 64 channels throughout (madebyollin/taesd, <c>taesd.py</c>, <c>Decoder(16)</c>), names as in
    /// <c>taef1_decoder.safetensors</c> under <c>decoder</c>.
    /// </summary>
    public static IEnumerable<(string Name, Shape Shape)> Taef1Decoder()
    {
        const int Width = 64;
        List<(string, Shape)> tensors = [.. Conv("decoder.1", Latent, Width, 3), .. Conv("decoder.19", Width, 3, 3)];
        foreach (int block in (int[])[3, 4, 5, 8, 9, 10, 13, 14, 15, 18])
            foreach (int conv in (int[])[0, 2, 4]) tensors.AddRange(Conv($"decoder.{block}.conv.{conv}", Width, Width, 3));
        foreach (int conv in (int[])[7, 12, 17]) tensors.Add(($"decoder.{conv}.weight", new Shape(Width, Width, 3, 3)));
        return tensors;
    }

    // What both halves have: the first and last convolution, the last norm and the middle, which is as wide as the coarsest level.
    private static IEnumerable<(string, Shape)> Half(string half, int inputs, int first, int outputs, int last)
    {
        int width = Widths[^1];
        string mid = half + ".mid";
        return
        [
            .. Conv(half + ".conv_in", inputs, first, 3),
            .. Block(mid + ".block_1", width, width), .. Block(mid + ".block_2", width, width),
            .. Norm(mid + ".attn_1.norm", width),
            .. Conv(mid + ".attn_1.q", width, width, 1), .. Conv(mid + ".attn_1.k", width, width, 1),
            .. Conv(mid + ".attn_1.v", width, width, 1), .. Conv(mid + ".attn_1.proj_out", width, width, 1),
            .. Norm(half + ".norm_out", last),
            .. Conv(half + ".conv_out", last, outputs, 3),
        ];
    }

    private static IEnumerable<(string, Shape)> Down()
    {
        int inputs = Widths[0];
        for (int level = 0; level < Widths.Length; level++)
        {
            for (int block = 0; block < 2; block++, inputs = Widths[level])
                foreach (var tensor in Block($"encoder.down.{level}.block.{block}", inputs, Widths[level])) yield return tensor;
            if (level == Widths.Length - 1) continue;
            foreach (var tensor in Conv($"encoder.down.{level}.downsample.conv", inputs, inputs, 3)) yield return tensor;
        }
    }

    private static IEnumerable<(string, Shape)> Up()
    {
        int inputs = Widths[^1];
        for (int level = Widths.Length - 1; level >= 0; level--)
        {
            for (int block = 0; block < 3; block++, inputs = Widths[level])
                foreach (var tensor in Block($"decoder.up.{level}.block.{block}", inputs, Widths[level])) yield return tensor;
            if (level == 0) continue;
            foreach (var tensor in Conv($"decoder.up.{level}.upsample.conv", inputs, inputs, 3)) yield return tensor;
        }
    }

    private static IEnumerable<(string, Shape)> Block(string name, int inputs, int outputs) =>
    [
        .. Norm(name + ".norm1", inputs), .. Conv(name + ".conv1", inputs, outputs, 3),
        .. Norm(name + ".norm2", outputs), .. Conv(name + ".conv2", outputs, outputs, 3),
        .. inputs == outputs ? [] : Conv(name + ".nin_shortcut", inputs, outputs, 1),
    ];

    private static (string, Shape)[] Conv(string name, int inputs, int outputs, int kernel)
        => [(name + ".weight", new Shape(outputs, inputs, kernel, kernel)), (name + ".bias", new Shape(outputs))];

    private static (string, Shape)[] Norm(string name, int width)
        => [(name + ".weight", new Shape(width)), (name + ".bias", new Shape(width))];
}
