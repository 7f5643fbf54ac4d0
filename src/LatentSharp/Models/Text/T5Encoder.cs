using LatentSharp.Graph;
using LatentSharp.Weights;

namespace LatentSharp.Models.Text;

/// <summary>
/// The encoder of T5 v1.1 (transformers, <c>modeling_t5.py</c>: T5EncoderModel). Input: <c>input_ids</c> [tokens], padding included: as in
/// FLUX.1 there is no mask, and padding is attended to. Output: <c>last_hidden_state</c> [tokens, width].
/// </summary>
internal static class T5Encoder
{
    private const float NormEpsilon = 1e-6f;
    private const int FarthestDistance = 128;

    /// <summary>The encoder.</summary>
    /// <param name="weights">Weights under the names of transformers: <see cref="TextWeights.T5"/>.</param>
    /// <param name="tokens">How many tokens: 512 in FLUX.1, 256 in schnell.</param>
    /// <exception cref="LatentSharpException">A tensor is missing or has the wrong shape.</exception>
    public static NetworkGraph Of(WeightSource weights, int tokens)
    {
        T5Shapes s = T5Shapes.From(weights);
        var w = new WeightScope(weights);
        WeightScope blocks = w["encoder"]["block"], relative = blocks[0]["layer"][0]["SelfAttention"]["relative_attention_bias"];
        // That of the first block serves them all.
        Node bias = new RelativeBias(relative.Path, relative.Take("weight", s.Buckets, s.Heads), tokens, FarthestDistance);
        Node x = Build.Sequence("input_ids", tokens, 1).Embedding(w["shared"], s.Vocabulary, s.Width);
        for (int i = 0; i < s.Blocks; i++) x = FeedForward(Attend(x, bias, blocks[i]["layer"][0], s), blocks[i]["layer"][1], s);
        x = x.RmsNorm(w["encoder"]["final_layer_norm"].Take("weight", s.Width), NormEpsilon);
        return new NetworkGraph($"T5 {tokens} tokens", new Output("last_hidden_state", x, Layout.ChannelsLast));
    }

    private static Node Attend(Node x, Node bias, WeightScope w, T5Shapes s)
    {
        Node h = x.RmsNorm(w["layer_norm"].Take("weight", s.Width), NormEpsilon);
        WeightScope a = w["SelfAttention"];
        Node q = h.Linear(a["q"], s.Inner, bias: false), k = h.Linear(a["k"], s.Inner, bias: false);
        Node v = h.Linear(a["v"], s.Inner, bias: false);
        Node attended = Build.Attention(q, k, v, a.Path, new(s.Heads, Scale: 1), bias);
        return x.Plus(attended.Linear(a["o"], s.Width, bias: false), w.Path);
    }

    private static Node FeedForward(Node x, WeightScope w, T5Shapes s)
    {
        Node h = x.RmsNorm(w["layer_norm"].Take("weight", s.Width), NormEpsilon);
        WeightScope d = w["DenseReluDense"];
        Node gate = h.Linear(d["wi_0"], s.Mlp, bias: false).Activate(ActivationKind.GeluTanh);
        Node value = h.Linear(d["wi_1"], s.Mlp, bias: false);
        return x.Plus(gate.Times(value, d.Path).Linear(d["wo"], s.Width, bias: false), w.Path);
    }
}
