using LatentSharp.Graph;
using LatentSharp.Weights;

namespace LatentSharp.Models.Pixel;

/// <summary>
/// What the UNet of Stable Diffusion 1 has in place of attention alone (diffusers, <c>Transformer2DModel</c>): attention among positions,
/// attention to the text, and a gated feed-forward layer.
/// </summary>
internal static class TextTransformer
{
    private const int Heads = 8, Groups = 32;
    private const float GroupEpsilon = 1e-6f, LayerEpsilon = 1e-5f;

    /// <summary>The picture's features after it.</summary>
    /// <param name="x">The picture's features.</param>
    /// <param name="w">Where its tensors are.</param>
    /// <param name="text">The text, a sequence.</param>
    public static Node Of(Node x, WeightScope w, Node text)
    {
        int channels = x.Shape.Channels;
        Node h = x.GroupNorm(w["norm"], Groups, GroupEpsilon).Conv2d(w["proj_in"], channels, 1);
        WeightScope block = w["transformer_blocks"][0];
        Node seen = h.LayerNorm(block["norm1"], LayerEpsilon);
        h = h.Plus(Attend(seen, seen, block["attn1"]), block.Path + ".attn1.sum");
        h = h.Plus(Attend(h.LayerNorm(block["norm2"], LayerEpsilon), text, block["attn2"]), block.Path + ".attn2.sum");
        Node[] gated = h.LayerNorm(block["norm3"], LayerEpsilon).Conv2d(block["ff"]["net"][0]["proj"], 8 * channels, 1).Chunk(2);
        Node wide = gated[0].Times(gated[1].Activate(ActivationKind.Gelu), block.Path + ".ff.gated");
        h = h.Plus(wide.Conv2d(block["ff"]["net"][2], channels, 1), block.Path + ".ff.sum");
        return x.Plus(h.Conv2d(w["proj_out"], channels, 1), w.Path);
    }

    private static Node Attend(Node x, Node other, WeightScope w)
    {
        int channels = x.Shape.Channels;
        Node q = x.Conv2d(w["to_q"], channels, 1), k = other.Conv2d(w["to_k"], channels, 1), v = other.Conv2d(w["to_v"], channels, 1);
        return Build.Attention(q, k, v, w.Path + ".attention", new AttentionForm(Heads)).Conv2d(w["to_out"][0], channels, 1);
    }
}
