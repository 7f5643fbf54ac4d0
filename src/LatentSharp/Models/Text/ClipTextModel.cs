using LatentSharp.Graph;
using LatentSharp.Weights;

namespace LatentSharp.Models.Text;

/// <summary>
/// CLIP's text encoder (transformers, <c>modeling_clip.py</c>: CLIPTextModel). Input: <c>input_ids</c> [tokens]. Outputs: <c>last_hidden_state</c> [tokens, width], and
/// <c>pooler_output</c> [width], its row at the end of the text, which is what FLUX.1 uses; <c>text_embeds</c> where the file has a projection.
/// </summary>
internal static class ClipTextModel
{
    private const float NormEpsilon = 1e-5f;

    /// <summary>The encoder.</summary>
    /// <param name="weights">Weights under the names of transformers: <see cref="TextWeights.Clip"/>.</param>
    /// <param name="tokens">How many tokens; 77 in FLUX.1.</param>
    /// <param name="heads">Heads of the attention; null for those of 64 channels.</param>
    /// <param name="end">The token that ends a text; null for the highest of all, as the published files mean it.</param>
    /// <exception cref="LatentSharpException">A tensor is missing or has the wrong shape.</exception>
    public static NetworkGraph Build(WeightSource weights, int tokens, int? heads = null, int? end = null)
    {
        ClipShapes s = ClipShapes.From(weights);
        if (tokens < 1 || tokens > s.Positions) throw new LatentSharpException(ErrorKind.BadInput, weights.Name, $"{tokens} tokens are asked for; CLIP has places for 1 to {s.Positions}.");
        var form = new AttentionForm(heads ?? s.Width / ClipShapes.HeadChannels, Causal: true);
        if (form.Heads < 1 || s.Width % form.Heads != 0) throw new LatentSharpException(ErrorKind.BadInput, weights.Name, $"{s.Width} channels do not divide into heads of {ClipShapes.HeadChannels}.");
        var w = new WeightScope(weights, "text_model");
        Node ids = Graph.Build.Sequence("input_ids", tokens, 1);
        Node positions = new Parameter(w["embeddings"]["position_embedding"].Path, w["embeddings"]["position_embedding"].Take("weight", s.Positions, s.Width)).Tokens(0, tokens);
        Node x = ids.Embedding(w["embeddings"]["token_embedding"], s.Vocabulary, s.Width).Plus(positions, w["embeddings"].Path);
        for (int i = 0; i < s.Layers; i++) x = Layer(x, w["encoder"]["layers"][i], s, form);
        x = x.LayerNorm(w["final_layer_norm"], NormEpsilon);
        Node pooled = new TokenOfText("pooled", x, ids, end);
        var outputs = new List<Output> { new("last_hidden_state", x, Layout.ChannelsLast), new("pooler_output", pooled, Layout.ChannelsLast) };
        if (s.Projection > 0) outputs.Add(new Output("text_embeds", pooled.Linear(new WeightScope(weights, "text_projection"), s.Projection, bias: false), Layout.ChannelsLast));
        return new NetworkGraph($"CLIP {tokens} tokens", [.. outputs]);
    }

    private static Node Layer(Node x, WeightScope w, ClipShapes s, AttentionForm form)
    {
        Node h = x.LayerNorm(w["layer_norm1"], NormEpsilon);
        WeightScope a = w["self_attn"];
        Node attended = Graph.Build.Attention(h.Linear(a["q_proj"], s.Width), h.Linear(a["k_proj"], s.Width), h.Linear(a["v_proj"], s.Width), a.Path, form);
        x = x.Plus(attended.Linear(a["out_proj"], s.Width), a.Path + ".sum");
        Node mlp = x.LayerNorm(w["layer_norm2"], NormEpsilon).Linear(w["mlp"]["fc1"], s.Mlp).Activate(ActivationKind.QuickGelu).Linear(w["mlp"]["fc2"], s.Width);
        return x.Plus(mlp, w.Path);
    }
}
