using LatentSharp.Graph.Gradients.Rules;

namespace LatentSharp.Graph.Gradients;

/// <summary>What each operation gives its inputs and tensors when it is told the gradient of its result.</summary>
internal static class GradientRules
{
    private static readonly Dictionary<Type, Action<ReversePass, Node, Node>> Rules = Table(
        Entry<Output>((pass, n, dy) => pass.Give(n.Source, () => dy)),
        Entry<Add>(ArithmeticRules.Add),
        Entry<Multiply>(ArithmeticRules.Multiply),
        Entry<Activation>(ArithmeticRules.Activation),
        Entry<Pointwise>(ArithmeticRules.Pointwise),
        Entry<SumOfPositions>((pass, n, dy) => pass.Give(n.Source, () => new Spread("d." + n.Source.Name, dy, n.Source.Shape))),
        Entry<Spread>((pass, n, dy) => pass.Give(n.Row, () => new SumOfPositions("d." + n.Row.Name, dy, n.Row.Shape.Channels))),
        Entry<Conv2d>(ProductRules.Convolution),
        Entry<Linear>(ProductRules.Linear),
        Entry<Attention>(ProductRules.Attention),
        Entry<ReluLinearAttention>((pass, n, dy) =>
            pass.Give(n.Source, () => new ReluLinearAttentionGradient("d." + n.Source.Name, dy, pass.Again(n.Source), n.HeadChannels))),
        Entry<RelativeBias>((pass, n, dy) => pass.Give(n.Weight, () => new RelativeBiasGradient("d." + n.Weight.Name, dy, n))),
        Entry<BatchNorm>(NormRules.BatchNorm),
        Entry<GroupNorm>(NormRules.GroupNorm),
        Entry<LayerNorm>(NormRules.LayerNorm),
        Entry<RmsNorm>(NormRules.RmsNorm),
        Entry<L2Norm>(NormRules.L2Norm),
        Entry<Upsample2x>((pass, n, dy) => pass.Give(n.Source, () => new UpsampleGradient("d." + n.Source.Name, dy))),
        Entry<MaxPool>((pass, n, dy) =>
            pass.Give(n.Source, () => new MaxPoolGradient("d." + n.Source.Name, dy, pass.Again(n.Source), n.Size, n.Stride))),
        Entry<PixelShuffle2x>((pass, n, dy) => pass.Give(n.Source, () => new PixelUnshuffle2x("d." + n.Source.Name, dy))),
        Entry<PixelUnshuffle2x>((pass, n, dy) => pass.Give(n.Source, () => new PixelShuffle2x("d." + n.Source.Name, dy))),
        Entry<RepeatChannels>(PlaceRules.RepeatChannels),
        Entry<MeanOfChannels>(PlaceRules.MeanOfChannels),
        Entry<SelectChannels>(PlaceRules.SelectChannels),
        Entry<Slice>(PlaceRules.Slice),
        Entry<Concat>(PlaceRules.Concat),
        Entry<Rope>(SequenceRules.Rope),
        // Positions are whole numbers, the angles that they make are constants.
        Entry<RotaryTable>((_, _, _) => { }),
        Entry<SinusoidalEmbedding>(SequenceRules.Sinusoid),
        Entry<TokenOfText>(SequenceRules.TokenOfText),
        Entry<Embedding>((pass, n, dy) =>
            pass.Give(n.Weight, () => new EmbeddingGradient("d." + n.Weight.Name, dy, n.Ids, checked((int)n.Weight.Shape[0])))),
        Entry<Parameter>((pass, n, dy) => pass.Give(n.Weight, () => dy)));

    /// <summary>
    /// The rule of a node's operation, or null: given the pass, the node and the gradient of its result, it gives the others.
    /// </summary>
    public static Action<ReversePass, Node, Node>? For(Node node) => Rules.GetValueOrDefault(node.GetType());

    private static (Type, Action<ReversePass, Node, Node>) Entry<T>(Action<ReversePass, T, Node> rule) where T : Node
        => (typeof(T), (pass, node, gradient) => rule(pass, (T)node, gradient));

    private static Dictionary<Type, Action<ReversePass, Node, Node>> Table(
        params ReadOnlySpan<(Type, Action<ReversePass, Node, Node>)> entries)
    {
        var table = new Dictionary<Type, Action<ReversePass, Node, Node>>();
        foreach ((Type type, Action<ReversePass, Node, Node> rule) in entries) table.Add(type, rule);
        return table;
    }
}
