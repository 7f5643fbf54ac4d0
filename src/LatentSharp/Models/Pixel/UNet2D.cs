using LatentSharp.Graph;
using LatentSharp.Weights;

namespace LatentSharp.Models.Pixel;

/// <summary>
/// The UNet of DDPM that works on pixels (diffusers 58eb52c, <c>UNet2DModel</c>): residual blocks that are told the time, on levels of
/// halving resolution, down and up again with connections across. Names are those of diffusers and the inputs those of the reference:
/// <c>sample</c> [C, H, W], <c>timestep</c> [1], a whole number from 0 to 999. The output <c>out</c> [C, H, W] is the noise that it sees in
/// the sample, or what the scheduler that belongs to it says.
/// </summary>
internal static class UNet2D
{
    /// <summary>The network.</summary>
    /// <param name="weights">The weights under today's names: <see cref="UNet2DWeights.From"/>.</param>
    /// <param name="settings">What shapes do not show.</param>
    /// <param name="height">Rows; a multiple of what the levels halve.</param>
    /// <param name="width">Columns, likewise.</param>
    /// <param name="text">A sequence that its attention reads, as in Stable Diffusion; null for a UNet that reads none.</param>
    /// <exception cref="LatentSharpException">A tensor is missing or has the wrong shape, or the size cannot be halved so often.</exception>
    public static NetworkGraph Of(WeightSource weights, UNet2DSettings settings, int height, int width, Node? text = null)
    {
        UNet2DShapes shapes = UNet2DShapes.From(weights);
        if (height % shapes.Factor != 0 || width % shapes.Factor != 0 || height < 1 || width < 1)
            throw new LatentSharpException(ErrorKind.BadInput, weights.Name,
                $"a picture of {width}x{height} cannot be halved {shapes.Levels.Length - 1} times; sides are multiples of {shapes.Factor}.");
        var net = new Writer(settings, text, Time(new WeightScope(weights)["time_embedding"], settings, shapes));
        return new NetworkGraph($"UNet2D {height}x{width}", new Output("out", Forward(net, new WeightScope(weights), shapes, height, width)));
    }

    private static Node Forward(Writer net, WeightScope w, UNet2DShapes shapes, int height, int width)
    {
        Node x = Build.Input("sample", height, width, shapes.InChannels).Conv2d(w["conv_in"], shapes.First, 3);
        var skips = new Stack<Node>([x]);
        for (int level = 0; level < shapes.Levels.Length; level++)
        {
            WeightScope down = w["down_blocks"][level];
            for (int i = 0; i < shapes.Layers; i++) skips.Push(x = net.Layer(x, down, i, shapes.Levels[level]));
            if (level == shapes.Levels.Length - 1) break;
            x = x.Conv2d(down["downsamplers"][0]["conv"], x.Shape.Channels, 3, stride: 2, padding: net.DownPadding);
            skips.Push(x);
        }

        WeightScope mid = w["mid_block"];
        x = net.Layer(x, mid, 0, x.Shape.Channels);
        x = net.ResBlock(x, mid["resnets"][1], x.Shape.Channels);

        for (int level = shapes.Levels.Length - 1; level >= 0; level--)
        {
            WeightScope up = w["up_blocks"][shapes.Levels.Length - 1 - level];
            for (int i = 0; i <= shapes.Layers; i++)
                x = net.Layer(Build.Concat($"{up.Path}.resnets.{i}.concat", x, skips.Pop()), up, i, shapes.Levels[level]);
            if (level > 0) x = x.Upsample2x().Conv2d(up["upsamplers"][0]["conv"], x.Shape.Channels, 3);
        }
        return net.Norm(x, w["conv_norm_out"]).SiLU().Conv2d(w["conv_out"], shapes.OutChannels, 3);
    }

    // Every block begins with SiLU of it.
    private static Node Time(WeightScope w, UNet2DSettings s, UNet2DShapes shapes)
    {
        Node[] parts = Build.Sequence("timestep", 1, 1).SinusoidalEmbedding(shapes.TimeChannels, 1, shift: s.FrequencyShift).Chunk(2);
        Node waves = s.CosineFirst ? Build.Concat("timestep.cos_sin", parts[0], parts[1]) : Build.Concat("timestep.sin_cos", parts[1], parts[0]);
        return waves.Linear(w["linear_1"], shapes.TimeWidth).SiLU().Linear(w["linear_2"], shapes.TimeWidth).SiLU();
    }

    private sealed class Writer(UNet2DSettings s, Node? text, Node time)
    {
        // Rounding up is what the training program did: zeros on the right and below.
        public Padding DownPadding => s.PadsAllSides ? Padding.All(1) : new Padding(0, 0, 1, 1);

        public Node Norm(Node x, WeightScope w) => x.GroupNorm(w, s.NormGroups, s.NormEpsilon);

        /// <summary>A residual block, and the attention behind it where there is one.</summary>
        public Node Layer(Node x, WeightScope block, int index, int channels)
        {
            x = ResBlock(x, block["resnets"][index], channels);
            WeightScope attention = block["attentions"][index];
            return !attention.Exists ? x : text is null ? Attention(x, attention) : TextTransformer.Of(x, attention, text);
        }

        public Node ResBlock(Node x, WeightScope w, int channels)
        {
            Node h = Norm(x, w["norm1"]).SiLU().Conv2d(w["conv1"], channels, 3);
            h = h.Plus(time.Linear(w["time_emb_proj"], channels), w.Path + ".time");
            h = Norm(h, w["norm2"]).SiLU().Conv2d(w["conv2"], channels, 3);
            if (channels != x.Shape.Channels) x = x.Conv2d(w["conv_shortcut"], channels, 1);
            return x.Plus(h, w.Path);
        }

        private Node Attention(Node x, WeightScope w)
        {
            int channels = x.Shape.Channels, heads = s.HeadChannels is { } one ? channels / one : 1;
            Node h = Norm(x, w["group_norm"]);
            Node q = h.Conv2d(w["to_q"], channels, 1), k = h.Conv2d(w["to_k"], channels, 1), v = h.Conv2d(w["to_v"], channels, 1);
            h = Build.Attention(q, k, v, w.Path + ".attention", new(heads)).Conv2d(w["to_out"][0], channels, 1);
            return x.Plus(h, w.Path);
        }
    }
}
