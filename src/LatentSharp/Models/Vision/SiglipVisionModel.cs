using LatentSharp.Graph;
using LatentSharp.Weights;

namespace LatentSharp.Models.Vision;

/// <summary>
/// SigLIP's image encoder (transformers, <c>modeling_siglip.py</c>: SiglipVisionModel), with which FLUX.1 Redux sees pictures. Input:
/// <c>pixel_values</c> [3, H, W] in [-1, 1]. Output: <c>last_hidden_state</c> [tokens, width], a token for each patch, row after row. The
/// pooling head, which Redux does not use, is left out.
/// </summary>
internal static class SiglipVisionModel
{
    /// <summary>What stands before all names.</summary>
    public const string Root = "vision_model";

    // CLIP's image encoder has the same names, but no bias here.
    private const string Mark = Root + ".embeddings.patch_embedding.bias";
    private const float NormEpsilon = 1e-6f;

    /// <summary>Whether a file holds one.</summary>
    public static bool IsIn(WeightSource file) => CheckpointPart.PrefixOf(file, Mark) is not null;

    /// <summary>A view of a file with the encoder: the one of ComfyUI, of transformers with or without the text half, GGUF.</summary>
    /// <exception cref="LatentSharpException">The file holds none.</exception>
    public static WeightSource Weights(WeightSource file) => CheckpointPart.Below(file, CheckpointPart.PrefixOf(file, Mark)
        ?? throw new LatentSharpException(ErrorKind.Mismatch, file.Name, $"SigLIP's image encoder was expected; there is no {Mark}.",
            Remedy.Inspect(file.Name, "The one for FLUX.1 Redux is sigclip_vision_patch14_384.safetensors.")));

    /// <summary>The encoder.</summary>
    /// <param name="weights">See <see cref="Weights"/>.</param>
    /// <param name="height">Rows of the picture; null for those of the pictures that it is made for.</param>
    /// <param name="width">Columns of the picture; null likewise.</param>
    /// <param name="heads">Heads of the attention; null for those of the published encoders.</param>
    /// <exception cref="LatentSharpException">
    /// A tensor is missing or has the wrong shape, the picture has more or fewer patches than there are positions, or the heads are not
    /// known.
    /// </exception>
    public static NetworkGraph Of(WeightSource weights, int? height = null, int? width = null, int? heads = null)
    {
        SiglipShapes s = SiglipShapes.From(weights);
        (int rows, int columns) = (height ?? s.Side, width ?? s.Side);
        if (rows / s.Patch != s.Grid || columns / s.Patch != s.Grid)
            throw new LatentSharpException(ErrorKind.BadInput, weights.Name,
                $"the picture has {columns} x {rows} pixels, {columns / s.Patch} x {rows / s.Patch} patches; the encoder has places for "
                    + $"{s.Grid} x {s.Grid}.", $"Give pictures of {s.Side} x {s.Side} pixels.");
        int groups = heads ?? s.Heads ?? throw new LatentSharpException(ErrorKind.BadInput, weights.Name,
            $"no published encoder has {s.Width} features, and shapes do not show its heads.", "Give num_attention_heads in a config.json.");
        if (groups < 1 || s.Width % groups != 0)
            throw new LatentSharpException(ErrorKind.BadInput, weights.Name, $"{s.Width} channels do not divide into {groups} heads.");
        var w = new WeightScope(weights, Root);
        WeightScope embeddings = w["embeddings"], places = embeddings["position_embedding"];
        Node pixels = Build.Input("pixel_values", rows, columns, 3);
        Node patches = pixels.Conv2d(embeddings["patch_embedding"], s.Width, s.Patch, s.Patch, Padding.All(0), bias: true);
        Node x = patches.Plus(new Parameter(places.Path, places.Take("weight", s.Tokens, s.Width), s.Grid), embeddings.Path);
        var form = new AttentionForm(groups);
        for (int i = 0; i < s.Layers; i++) x = Layer(x, w["encoder"]["layers"][i], s, form);
        x = x.LayerNorm(w["post_layernorm"], NormEpsilon);
        return new NetworkGraph($"SigLIP {columns} x {rows}", new Output("last_hidden_state", x, Layout.ChannelsLast));
    }

    private static Node Layer(Node x, WeightScope w, SiglipShapes s, AttentionForm form)
    {
        Node h = x.LayerNorm(w["layer_norm1"], NormEpsilon);
        WeightScope a = w["self_attn"];
        Node q = h.Linear(a["q_proj"], s.Width), k = h.Linear(a["k_proj"], s.Width), v = h.Linear(a["v_proj"], s.Width);
        Node attended = Build.Attention(q, k, v, a.Path, form);
        x = x.Plus(attended.Linear(a["out_proj"], s.Width), a.Path + ".sum");
        Node mlp = x.LayerNorm(w["layer_norm2"], NormEpsilon).Linear(w["mlp"]["fc1"], s.Mlp).Activate(ActivationKind.GeluTanh);
        return x.Plus(mlp.Linear(w["mlp"]["fc2"], s.Width), w.Path);
    }
}
