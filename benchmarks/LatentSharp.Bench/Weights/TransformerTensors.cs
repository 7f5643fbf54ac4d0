using LatentSharp.Tensors;

namespace LatentSharp.Bench.Weights;

/// <summary>Names and shapes of the tensors of FLUX.1's transformer and text encoders, as their files have them.</summary>
internal static class TransformerTensors
{
    private const int Hidden = 3072, HeadChannels = 128, Mlp = 4 * Hidden;

    /// <summary>Linear layers of the FLUX.1 transformer: the first of an MLP, and the modulation of a stream.</summary>
    public static IEnumerable<(string Name, Shape Shape)> Layers()
        => [("mlp.weight", new Shape(Mlp, Hidden)), ("modulation.weight", new Shape(6 * Hidden, Hidden))];

    /// <summary>One block of each kind (black-forest-labs/flux, <c>modules/layers.py</c>).</summary>
    public static IEnumerable<(string Name, Shape Shape)> FluxBlocks()
    {
        const string Single = "single_blocks.0";
        return
        [
            .. Stream("double_blocks.0.img"), .. Stream("double_blocks.0.txt"),
            .. Linear(Single + ".modulation.lin", Hidden, 3 * Hidden), .. HeadNorms(Single),
            .. Linear(Single + ".linear1", Hidden, 3 * Hidden + Mlp), .. Linear(Single + ".linear2", Hidden + Mlp, Hidden),
        ];
    }

    /// <summary>The encoder of T5-XXL v1.1 with one of its 24 blocks and 1,024 of its 32,128 tokens (transformers' names).</summary>
    public static IEnumerable<(string Name, Shape Shape)> T5Block()
    {
        const int Width = 4096, Inner = 10240;
        const string Attention = "encoder.block.0.layer.0", FeedForward = "encoder.block.0.layer.1";
        return
        [
            ("shared.weight", new Shape(1024, Width)), ("encoder.final_layer_norm.weight", new Shape(Width)),
            (Attention + ".layer_norm.weight", new Shape(Width)), (FeedForward + ".layer_norm.weight", new Shape(Width)),
            (Attention + ".SelfAttention.relative_attention_bias.weight", new Shape(32, 64)),
            .. "qkvo".Select(c => ($"{Attention}.SelfAttention.{c}.weight", new Shape(Width, Width))),
            (FeedForward + ".DenseReluDense.wi_0.weight", new Shape(Inner, Width)),
            (FeedForward + ".DenseReluDense.wi_1.weight", new Shape(Inner, Width)),
            (FeedForward + ".DenseReluDense.wo.weight", new Shape(Width, Inner)),
        ];
    }

    /// <summary>CLIP-L's text encoder (transformers' names): 196 tensors, 123,060,480 parameters.</summary>
    public static IEnumerable<(string Name, Shape Shape)> ClipText()
    {
        const int Width = 768;
        const string Model = "text_model.";
        List<(string, Shape)> tensors =
        [
            (Model + "embeddings.token_embedding.weight", new Shape(49408, Width)),
            (Model + "embeddings.position_embedding.weight", new Shape(77, Width)), .. Norm(Model + "final_layer_norm", Width),
        ];
        for (int i = 0; i < 12; i++)
        {
            string layer = $"{Model}encoder.layers.{i}";
            foreach (string name in (string[])["q_proj", "k_proj", "v_proj", "out_proj"])
                tensors.AddRange(Linear($"{layer}.self_attn.{name}", Width, Width));
            tensors.AddRange([.. Linear(layer + ".mlp.fc1", Width, 4 * Width), .. Linear(layer + ".mlp.fc2", 4 * Width, Width),
                .. Norm(layer + ".layer_norm1", Width), .. Norm(layer + ".layer_norm2", Width)]);
        }
        return tensors;
    }

    // What a double block has for the picture and again for the text.
    private static IEnumerable<(string, Shape)> Stream(string name) =>
    [
        .. Linear(name + "_mod.lin", Hidden, 6 * Hidden), .. HeadNorms(name + "_attn"),
        .. Linear(name + "_attn.qkv", Hidden, 3 * Hidden), .. Linear(name + "_attn.proj", Hidden, Hidden),
        .. Linear(name + "_mlp.0", Hidden, Mlp), .. Linear(name + "_mlp.2", Mlp, Hidden),
    ];

    private static (string, Shape)[] HeadNorms(string name)
        => [(name + ".norm.query_norm.scale", new Shape(HeadChannels)), (name + ".norm.key_norm.scale", new Shape(HeadChannels))];

    private static (string, Shape)[] Linear(string name, int inputs, int outputs)
        => [(name + ".weight", new Shape(outputs, inputs)), (name + ".bias", new Shape(outputs))];

    private static (string, Shape)[] Norm(string name, int width)
        => [(name + ".weight", new Shape(width)), (name + ".bias", new Shape(width))];
}
