using System.Collections.Immutable;
using System.Globalization;
using LatentSharp.Tensors;
using LatentSharp.Weights;

namespace LatentSharp.Models.Pixel;

/// <summary>UNets without their files: names and shapes of google/ddpm-cat-256 and of Stable Diffusion 1.5 (diffusers).</summary>
internal static class UNet2DOutline
{
    private const int Layers = 2;

    private static readonly Form Cat = new(3, [128, 128, 256, 256, 512, 512], 4, 5, 128, 512, null),
        StableDiffusion15 = new(4, [320, 640, 1280, 1280], 0, 3, 320, 1280, 768);

    /// <summary>That of google/ddpm-cat-256, which works on pixels.</summary>
    public static WeightSource Pixels() => new Writer("ddpm-cat-256", ElementType.F32, Cat).Write();

    /// <summary>That of Stable Diffusion 1.5, which works on latents and reads text.</summary>
    public static WeightSource StableDiffusion() => new Writer("sd15-unet", ElementType.F16, StableDiffusion15).Write();

    // Attention stands on the levels from First up to, and without, End.
    private sealed record Form(int Channels, ImmutableArray<int> Levels, int First, int End, int TimeChannels, int TimeWidth, int? Text)
    {
        public bool Attends(int level) => level >= First && level < End;
    }

    private sealed class Writer(string name, ElementType type, Form form)
    {
        private readonly OutlineWeights w = new(name, type);

        public OutlineWeights Write()
        {
            ImmutableArray<int> levels = form.Levels;
            Conv("conv_in", levels[0], form.Channels, 3);
            w.Linear("time_embedding.linear_1", form.TimeWidth, form.TimeChannels);
            w.Linear("time_embedding.linear_2", form.TimeWidth, form.TimeWidth);
            var skips = new Stack<int>([levels[0]]);
            int x = levels[0];
            for (int level = 0; level < levels.Length; level++)
            {
                string down = Text($"down_blocks.{level}.");
                for (int i = 0; i < Layers; i++, skips.Push(x)) x = Layer(down, i, x, levels[level], form.Attends(level));
                if (level == levels.Length - 1) break;
                Conv(down + "downsamplers.0.conv", x, x, 3);
                skips.Push(x);
            }
            Layer("mid_block.", 0, x, x, attends: true);
            ResBlock("mid_block.resnets.1.", x, x);
            for (int level = levels.Length - 1; level >= 0; level--)
            {
                string up = Text($"up_blocks.{levels.Length - 1 - level}.");
                for (int i = 0; i <= Layers; i++) x = Layer(up, i, x + skips.Pop(), levels[level], form.Attends(level));
                if (level > 0) Conv(up + "upsamplers.0.conv", x, x, 3);
            }
            Norm("conv_norm_out", x);
            Conv("conv_out", form.Channels, x, 3);
            return w;
        }

        private int Layer(string block, int index, int inputs, int channels, bool attends)
        {
            ResBlock(Text($"{block}resnets.{index}."), inputs, channels);
            if (attends && form.Text is { } text) TextAttention(Text($"{block}attentions.{index}."), channels, text);
            else if (attends) Attention(Text($"{block}attentions.{index}."), channels);
            return channels;
        }

        private void ResBlock(string block, int inputs, int channels)
        {
            Norm(block + "norm1", inputs);
            Conv(block + "conv1", channels, inputs, 3);
            w.Linear(block + "time_emb_proj", channels, form.TimeWidth);
            Norm(block + "norm2", channels);
            Conv(block + "conv2", channels, channels, 3);
            if (inputs != channels) Conv(block + "conv_shortcut", channels, inputs, 1);
        }

        private void Attention(string block, int channels)
        {
            Norm(block + "group_norm", channels);
            foreach (string part in (ReadOnlySpan<string>)["to_q", "to_k", "to_v", "to_out.0"]) w.Linear(block + part, channels, channels);
        }

        private void TextAttention(string block, int channels, int text)
        {
            Norm(block + "norm", channels);
            Conv(block + "proj_in", channels, channels, 1);
            string inner = block + "transformer_blocks.0.";
            foreach ((string attention, int seen) in (ReadOnlySpan<(string, int)>)[("attn1.", channels), ("attn2.", text)])
            {
                w.Linear(inner + attention + "to_q", channels, channels, bias: false);
                w.Linear(inner + attention + "to_k", channels, seen, bias: false);
                w.Linear(inner + attention + "to_v", channels, seen, bias: false);
                w.Linear(inner + attention + "to_out.0", channels, channels);
            }
            foreach (string norm in (ReadOnlySpan<string>)["norm1", "norm2", "norm3"]) Norm(inner + norm, channels);
            w.Linear(inner + "ff.net.0.proj", 8 * channels, channels);
            w.Linear(inner + "ff.net.2", channels, 4 * channels);
            Conv(block + "proj_out", channels, channels, 1);
        }

        private void Conv(string module, int outputs, int inputs, int kernel)
        {
            w.Add(module + ".weight", outputs, inputs, kernel, kernel);
            w.Add(module + ".bias", outputs);
        }

        private void Norm(string module, int channels)
        {
            w.Add(module + ".weight", channels);
            w.Add(module + ".bias", channels);
        }

        private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
    }
}
