using LatentSharp.Graph;
using LatentSharp.Weights;

namespace LatentSharp.Models.Text;

/// <summary>
/// CLIP's text encoder (transformers, <c>modeling_clip.py</c>: CLIPTextModel). Input: <c>input_ids</c> [tokens]. Outputs:
/// <c>last_hidden_state</c> [tokens, width], and <c>pooler_output</c> [width], its row at the end of the text, which is what FLUX.1 uses;
/// <c>text_embeds</c> where the file has a projection.
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
    public static NetworkGraph Of(WeightSource weights, int tokens, int? heads = null, int? end = null)
    {
        ClipShapes s = ClipShapes.From(weights);
        if (tokens < 1 || tokens > s.Positions)
            throw new LatentSharpException(ErrorKind.BadInput, weights.Name,
                $"{tokens} tokens are asked for; CLIP has places for 1 to {s.Positions}.");
        var form = new AttentionForm(heads ?? s.Width / ClipShapes.HeadChannels, Causal: true);
        if (form.Heads < 1 || s.Width % form.Heads != 0)
            throw new LatentSharpException(ErrorKind.BadInput, weights.Name,
                $"{s.Width} channels do not divide into {form.Heads} heads.", "Give num_attention_heads in a config.json.");
        var w = new WeightScope(weights, "text_model");
        Node ids = Build.Sequence("input_ids", tokens, 1);
        WeightScope embeddings = w["embeddings"], places = embeddings["position_embedding"];
        Node positions = new Parameter(places.Path, places.Take("weight", s.Positions, s.Width)).Tokens(0, tokens);
        Node x = ids.Embedding(embeddings["token_embedding"], s.Vocabulary, s.Width).Plus(positions, embeddings.Path);
        for (int i = 0; i < s.Layers; i++) x = Layer(x, w["encoder"]["layers"][i], s, form);
        x = x.LayerNorm(w["final_layer_norm"], NormEpsilon);
        Node pooled = new TokenOfText("pooled", x, ids, end);
        List<Output> outputs = [Rows("last_hidden_state", x), Rows("pooler_output", pooled)];
        var projection = new WeightScope(weights, "text_projection");
        if (s.Projection > 0) outputs.Add(Rows("text_embeds", pooled.Linear(projection, s.Projection, bias: false)));
        return new NetworkGraph($"CLIP {tokens} tokens", [.. outputs]);

        static Output Rows(string name, Node node) => new(name, node, Layout.ChannelsLast);
    }

    private static Node Layer(Node x, WeightScope w, ClipShapes s, AttentionForm form)
    {
        Node h = x.LayerNorm(w["layer_norm1"], NormEpsilon);
        WeightScope a = w["self_attn"];
        Node q = h.Linear(a["q_proj"], s.Width), k = h.Linear(a["k_proj"], s.Width), v = h.Linear(a["v_proj"], s.Width);
        Node attended = Build.Attention(q, k, v, a.Path, form);
        x = x.Plus(attended.Linear(a["out_proj"], s.Width), a.Path + ".sum");
        Node mlp = x.LayerNorm(w["layer_norm2"], NormEpsilon).Linear(w["mlp"]["fc1"], s.Mlp).Activate(ActivationKind.QuickGelu);
        return x.Plus(mlp.Linear(w["mlp"]["fc2"], s.Width), w.Path);
    }
}
