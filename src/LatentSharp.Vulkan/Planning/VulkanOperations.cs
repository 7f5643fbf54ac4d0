using LatentSharp.Graph;

namespace LatentSharp.Vulkan.Planning;

/// <summary>The operations that have kernels; others are computed by their expansion.</summary>
internal static class VulkanOperations
{
    private static readonly Dictionary<Type, Action<Lowering, Node>> Makers = Table(
        Entry<Activation>((plan, n) => plan.LowerActivation(n)), Entry<Add>((plan, n) => plan.LowerSum(n)),
        Entry<Multiply>((plan, n) => plan.LowerProductOfValues(n)), Entry<Gate>((plan, n) => plan.LowerGate(n)),
        Entry<Modulate>((plan, n) => plan.LowerModulate(n)), Entry<BatchNorm>((plan, n) => plan.LowerBatchNorm(n)),
        Entry<RmsNorm>((plan, n) => plan.LowerRms(n)), Entry<LayerNorm>((plan, n) => plan.LowerLayerNorm(n)),
        Entry<L2Norm>((plan, n) => plan.LowerL2(n)), Entry<Upsample2x>((plan, n) => plan.LowerUpsample(n)),
        Entry<PixelShuffle2x>((plan, n) => plan.LowerShuffle(n)), Entry<PixelUnshuffle2x>((plan, n) => plan.LowerUnshuffle(n)),
        Entry<RepeatChannels>((plan, n) => plan.LowerRepeat(n)), Entry<MeanOfChannels>((plan, n) => plan.LowerMean(n)),
        Entry<GatedSiLU>((plan, n) => plan.LowerGated(n)), Entry<SelectChannels>((plan, n) => plan.LowerSelect(n)),
        Entry<Slice>((plan, n) => plan.LowerSlice(n)), Entry<Concat>((plan, n) => plan.LowerConcat(n)),
        Entry<Attention>((plan, n) => plan.LowerAttention(n)),
        Entry<ReluLinearAttention>((plan, n) => plan.LowerLinearAttention(n)), Entry<Embedding>((plan, n) => plan.LowerEmbedding(n)),
        Entry<Parameter>((plan, n) => plan.LowerParameter(n)), Entry<RelativeBias>((plan, n) => plan.LowerRelativeBias(n)),
        Entry<RotaryTable>((plan, n) => plan.LowerRotaryTable(n)), Entry<SinusoidalEmbedding>((plan, n) => plan.LowerSinusoidal(n)),
        Entry<Rope>((plan, n) => plan.LowerRope(n)), Entry<TokenOfText>((plan, n) => plan.LowerToken(n)));

    /// <summary>Whether the operation is computed as it is.</summary>
    public static bool Knows(Node node) => node is Conv2d or Linear or GroupNorm || Makers.ContainsKey(node.GetType());

    /// <summary>The commands of an operation that is computed by itself.</summary>
    public static void Lower(Lowering plan, Node node) => Makers[node.GetType()](plan, node);

    private static (Type, Action<Lowering, Node>) Entry<T>(Action<Lowering, T> make) where T : Node
        => (typeof(T), (plan, node) => make(plan, (T)node));

    private static Dictionary<Type, Action<Lowering, Node>> Table(params ReadOnlySpan<(Type, Action<Lowering, Node>)> entries)
    {
        var table = new Dictionary<Type, Action<Lowering, Node>>();
        foreach ((Type type, Action<Lowering, Node> make) in entries) table.Add(type, make);
        return table;
    }
}
