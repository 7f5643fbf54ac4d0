using System.Collections.Immutable;
using LatentSharp.Graph;
using LatentSharp.Weights;

namespace LatentSharp.Models.Flux;

/// <summary>How many tokens a FLUX.1 transformer is given.</summary>
/// <param name="Image">Tokens of the picture, for which there is a prediction: (H / 16) (W / 16).</param>
/// <param name="Text">Tokens of the text, and those of Redux behind them.</param>
/// <param name="Reference">Tokens of Kontext's reference pictures, which stand behind those of the picture.</param>
internal readonly record struct FluxTokens(int Image, int Text, int Reference = 0);

/// <summary>
/// The transformer of FLUX.1 in all variants (black-forest-labs/flux 802fb47, <c>model.py</c>, <c>modules/layers.py</c>). Names are those
/// of the checkpoint and the inputs those of the reference: <c>img</c> [tokens, channels], <c>img_ids</c> [tokens, 3], <c>txt</c>,
/// <c>txt_ids</c>, <c>timesteps</c> [1] from 0 to 1, <c>y</c> (CLIP's pooled text) and, unless it is schnell, <c>guidance</c> [1]. The
/// output <c>out</c> is the velocity, noise less picture, of every token of the picture.
/// </summary>
internal static class FluxTransformer
{
    /// <summary>The base of the frequencies that positions turn queries and keys by.</summary>
    public const double Theta = 10_000;

    private const float NormEpsilon = 1e-6f;

    /// <summary>The transformer.</summary>
    /// <param name="weights">The weights under BFL's names: <see cref="FluxWeights.From"/>.</param>
    /// <param name="tokens">How many tokens.</param>
    /// <param name="axes">Channels of a head that each axis of a position turns; null for what the shapes tell.</param>
    /// <exception cref="LatentSharpException">A tensor is missing or has the wrong shape, or the axes are neither given nor
    /// known.</exception>
    public static NetworkGraph Of(WeightSource weights, FluxTokens tokens, ImmutableArray<int>? axes = null)
        => Of(weights, tokens, axes, s => FluxModulations.Of(FluxModulations.Vector(new WeightScope(weights), s)));

    /// <summary>
    /// The transformer for one evaluation of many: in place of <c>timesteps</c>, <c>guidance</c> and <c>y</c> it is given a row of what
    /// <see cref="FluxModulations"/> makes of them for all.
    /// </summary>
    /// <inheritdoc cref="Of(WeightSource, FluxTokens, ImmutableArray{int}?)"/>
    public static NetworkGraph Modulated(WeightSource weights, FluxTokens tokens, ImmutableArray<int>? axes = null)
        => Of(weights, tokens, axes, FluxModulations.Given);

    private static NetworkGraph Of(WeightSource weights, FluxTokens tokens, ImmutableArray<int>? axes,
        Func<FluxShapes, FluxModulations> modulations)
    {
        FluxShapes shapes = FluxShapes.From(weights);
        ImmutableArray<int> turned = axes ?? shapes.Axes ?? throw new LatentSharpException(ErrorKind.BadInput, weights.Name,
            $"heads have {shapes.HeadChannels} channels instead of 128, and nothing says how the axes of a position share them.",
            "Give axes_dims_rope in a config.json beside the file.");
        if (turned.Sum() != shapes.HeadChannels || turned.Any(d => d % 2 != 0))
            throw new LatentSharpException(ErrorKind.BadInput, weights.Name,
                $"the axes {string.Join(", ", turned)} do not add up to the {shapes.HeadChannels} channels of a head.");
        string reference = tokens.Reference > 0 ? $"+{tokens.Reference}" : "";
        return new NetworkGraph($"{shapes.Variant} {tokens.Image}+{tokens.Text}{reference} tokens",
            new Output("out", Forward(new WeightScope(weights), shapes, tokens, turned, modulations(shapes)), Layout.ChannelsLast));
    }

    /// <summary>Whether a node of this name is what a block gives on: the last of each stream in a double block, all of a single
    /// one.</summary>
    public static bool EndsBlock(string name)
    {
        string[] parts = name.Split('.');
        return parts is ["single_blocks", _] or ["double_blocks", _, "img_mlp" or "txt_mlp"];
    }

    private static Node Forward(WeightScope w, FluxShapes s, FluxTokens tokens, ImmutableArray<int> axes, FluxModulations mod)
    {
        int pictures = tokens.Image + tokens.Reference;
        Node img = Build.Sequence("img", pictures, s.InChannels).Linear(w["img_in"], s.Hidden);
        Node txt = Build.Sequence("txt", tokens.Text, s.Context).Linear(w["txt_in"], s.Hidden);
        Node ids = Build.ConcatTokens("ids", Build.Sequence("txt_ids", tokens.Text, 3), Build.Sequence("img_ids", pictures, 3));
        Node pe = ids.RotaryTable(axes, Theta, "pe_embedder");

        for (int i = 0; i < s.DoubleBlocks; i++) (img, txt) = DoubleBlock(img, txt, mod, pe, w["double_blocks"][i], s);
        Node x = Build.ConcatTokens("img_txt", txt, img);
        for (int i = 0; i < s.SingleBlocks; i++) x = SingleBlock(x, mod, pe, w["single_blocks"][i], s);

        Node[] last = mod[w["final_layer"]["adaLN_modulation"][1], 2]; // shift, scale
        x = x.Tokens(tokens.Text, tokens.Image).LayerNorm(NormEpsilon).Modulate(last[1], last[0]);
        return x.Linear(w["final_layer"]["linear"], s.OutChannels);
    }

    /// <summary>A block with a stream for the picture and one for the text, both attending to both.</summary>
    /// <param name="img">[tokens, hidden].</param>
    /// <param name="txt">[tokens, hidden].</param>
    /// <param name="mod">What time, guidance and pooled text do to it.</param>
    /// <param name="pe">The angles of text and picture.</param>
    /// <param name="w">The block's weights.</param>
    /// <param name="s">The hyper-parameters.</param>
    public static (Node Img, Node Txt) DoubleBlock(Node img, Node txt, FluxModulations mod, Node pe, WeightScope w, FluxShapes s)
    {
        Node[] imgMod = mod[w["img_mod"]["lin"], 6], txtMod = mod[w["txt_mod"]["lin"], 6];
        (Node iq, Node ik, Node iv) = Qkv(img, imgMod, w["img_attn"]);
        (Node tq, Node tk, Node tv) = Qkv(txt, txtMod, w["txt_attn"]);
        Node q = Build.ConcatTokens(w.Path + ".q", tq, iq), k = Build.ConcatTokens(w.Path + ".k", tk, ik);
        Node v = Build.ConcatTokens(w.Path + ".v", tv, iv);
        Node attn = Build.Attention(q.Rope(pe), k.Rope(pe), v, w.Path + ".attention", new(s.Heads, TakesInt8: true));

        int texts = txt.Shape.Width, pictures = img.Shape.Width;
        return (Stream(img, attn.Tokens(texts, pictures), imgMod, "img"), Stream(txt, attn.Tokens(0, texts), txtMod, "txt"));

        (Node Q, Node K, Node V) Qkv(Node x, Node[] parts, WeightScope attn)
            => Heads(Normal(x, parts[0], parts[1]).Linear(attn["qkv"], 3 * s.Hidden, int8: true), attn, s);

        Node Stream(Node x, Node found, Node[] parts, string name)
        {
            x = x.PlusGated(found.Linear(w[name + "_attn"]["proj"], s.Hidden, int8: true), parts[2], $"{w.Path}.{name}_attn");
            Node mlp = Normal(x, parts[3], parts[4]).Linear(w[name + "_mlp"][0], s.Mlp, int8: true).Activate(ActivationKind.GeluTanh);
            return x.PlusGated(mlp.Linear(w[name + "_mlp"][2], s.Hidden, int8: true), parts[5], $"{w.Path}.{name}_mlp");
        }
    }

    /// <summary>A block with one stream; the arguments are those of <see cref="DoubleBlock"/>.</summary>
    public static Node SingleBlock(Node x, FluxModulations mod, Node pe, WeightScope w, FluxShapes s)
    {
        Node[] parts = mod[w["modulation"]["lin"], 3];
        Node normal = Normal(x, parts[0], parts[1]);
        // linear1 gives queries, keys, values and the feed-forward layer in one; its two parts go different ways from there.
        int both = 3 * s.Hidden + s.Mlp;
        (Node q, Node k, Node v) = Heads(normal.Linear(w["linear1"], both, ..(3 * s.Hidden), int8: true), w, s);
        Node attn = Build.Attention(q.Rope(pe), k.Rope(pe), v, w.Path + ".attention", new(s.Heads, TakesInt8: true));
        Node mlp = normal.Linear(w["linear1"], both, (3 * s.Hidden).., int8: true).Activate(ActivationKind.GeluTanh);
        return x.PlusGated(Build.Concat(w.Path + ".attn_mlp", attn, mlp).Linear(w["linear2"], s.Hidden, int8: true), parts[2], w.Path);
    }

    private static Node Normal(Node x, Node shift, Node scale) => x.LayerNorm(NormEpsilon).Modulate(scale, shift);

    private static (Node Q, Node K, Node V) Heads(Node qkv, WeightScope w, FluxShapes s)
    {
        Node[] parts = qkv.Chunk(3);
        return (Norm(parts[0], "query_norm"), Norm(parts[1], "key_norm"), parts[2]);

        Node Norm(Node x, string name) => x.RmsNorm(w["norm"][name].Take("scale", s.HeadChannels), NormEpsilon);
    }
}
