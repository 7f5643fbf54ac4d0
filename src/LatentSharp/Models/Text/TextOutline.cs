using System.Globalization;
using LatentSharp.Tensors;
using LatentSharp.Weights;

namespace LatentSharp.Models.Text;

/// <summary>
/// The published text encoders of FLUX.1 without their files: names and shapes as in <c>clip_l</c> and <c>t5xxl_fp16</c>.
/// </summary>
internal static class TextOutline
{
    private static readonly ClipShapes ClipL = new(49408, 77, 768, 3072, 12, 0);
    private static readonly T5Shapes T5Xxl = new(32128, 4096, 4096, 64, 10240, 24, 32);

    /// <summary>CLIP-L.</summary>
    public static WeightSource Clip()
    {
        ClipShapes s = ClipL;
        var w = new OutlineWeights("clip-l", ElementType.F16);
        w.Add("text_model.embeddings.token_embedding.weight", s.Vocabulary, s.Width);
        w.Add("text_model.embeddings.position_embedding.weight", s.Positions, s.Width);
        for (int i = 0; i < s.Layers; i++)
        {
            string layer = string.Create(CultureInfo.InvariantCulture, $"text_model.encoder.layers.{i}.");
            foreach (string projection in (ReadOnlySpan<string>)["q_proj", "k_proj", "v_proj", "out_proj"])
                w.Linear(layer + "self_attn." + projection, s.Width, s.Width);
            w.Linear(layer + "mlp.fc1", s.Mlp, s.Width);
            w.Linear(layer + "mlp.fc2", s.Width, s.Mlp);
            Norm(layer + "layer_norm1");
            Norm(layer + "layer_norm2");
        }
        Norm("text_model.final_layer_norm");
        return w;

        void Norm(string name)
        {
            w.Add(name + ".weight", s.Width);
            w.Add(name + ".bias", s.Width);
        }
    }

    /// <summary>The encoder of T5-XXL v1.1.</summary>
    public static WeightSource T5()
    {
        T5Shapes s = T5Xxl;
        var w = new OutlineWeights("t5-xxl", ElementType.F16);
        w.Add("shared.weight", s.Vocabulary, s.Width);
        for (int i = 0; i < s.Blocks; i++)
        {
            string block = string.Create(CultureInfo.InvariantCulture, $"encoder.block.{i}.layer."), attention = block + "0.SelfAttention.";
            foreach (string projection in (ReadOnlySpan<string>)["q", "k", "v"])
                w.Linear(attention + projection, s.Inner, s.Width, bias: false);
            w.Linear(attention + "o", s.Width, s.Inner, bias: false);
            if (i == 0) w.Add(attention + "relative_attention_bias.weight", s.Buckets, s.Heads);
            w.Add(block + "0.layer_norm.weight", s.Width);
            w.Linear(block + "1.DenseReluDense.wi_0", s.Mlp, s.Width, bias: false);
            w.Linear(block + "1.DenseReluDense.wi_1", s.Mlp, s.Width, bias: false);
            w.Linear(block + "1.DenseReluDense.wo", s.Width, s.Mlp, bias: false);
            w.Add(block + "1.layer_norm.weight", s.Width);
        }
        w.Add("encoder.final_layer_norm.weight", s.Width);
        return w;
    }
}
