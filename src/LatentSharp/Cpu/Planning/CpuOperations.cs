using LatentSharp.Cpu.Steps;
using LatentSharp.Graph;

namespace LatentSharp.Cpu.Planning;

/// <summary>The operations that the processor computes as they are, each by a step of its own where it was not joined to a convolution.</summary>
internal static class CpuOperations
{
    private delegate Step Make<T>(Lowering plan, T node, int index, IReadOnlyList<PlanTensor> reads);

    private static readonly Dictionary<Type, Make<Node>> Makers = Table(
        Entry<Input>((plan, n, i, _) => new InputStep(n, plan.Graph.Inputs.IndexOf(n)) { Result = plan.New(n, i), Reads = [] }),
        Entry<Output>((plan, n, _, reads) => new OutputStep(n, plan.Graph.Outputs.IndexOf(n)) { Result = reads[0], Reads = reads }),
        Entry<Activation>(Activate),
        Entry<GroupNorm>((plan, n, i, reads) => new PointwiseStep(n.Name, "GroupNorm") { Result = plan.InPlaceOr(n, n.Source, i), Reads = reads, Norm = plan.NormOf(n) }),
        Entry<Add>((plan, n, i, reads) => new AddStep(n.Name, "Add") { Result = plan.InPlaceOr(n, n.Left, i), Reads = reads }),
        Entry<Upsample2x>((plan, n, i, reads) => new UpsampleStep(n.Name) { Result = plan.New(n, i), Reads = reads }),
        Entry<Attention>((plan, n, i, reads) => new AttentionStep(n.Name) { Result = plan.New(n, i), Reads = reads, MultiplyAdds = n.MultiplyAdds }),
        Entry<Conv2d>((plan, n, i, reads) => new GroupedConvolutionStep(n) { Result = plan.New(n, i), Reads = reads, MultiplyAdds = n.MultiplyAdds }),
        Entry<RmsNorm>((plan, n, i, reads) => new RmsNormStep(n) { Result = plan.InPlaceOr(n, n.Source, i), Reads = reads }),
        Entry<L2Norm>((plan, n, i, reads) => new L2NormStep(n) { Result = plan.InPlaceOr(n, n.Source, i), Reads = reads }),
        Entry<SelectChannels>((plan, n, i, reads) => new SelectChannelsStep(n) { Result = plan.New(n, i), Reads = reads }),
        Entry<BatchNorm>((plan, n, i, reads) => new BatchNormStep(n) { Result = plan.InPlaceOr(n, n.Source, i), Reads = reads }),
        Entry<Concat>((plan, n, i, reads) => new ConcatStep(n.Name) { Result = plan.New(n, i), Reads = reads }),
        Entry<GatedSiLU>((plan, n, i, reads) => new GatedSiLUStep(n.Name) { Result = plan.New(n, i), Reads = reads }),
        Entry<RepeatChannels>((plan, n, i, reads) => new RepeatChannelsStep(n) { Result = plan.New(n, i), Reads = reads }),
        Entry<MeanOfChannels>((plan, n, i, reads) => new MeanOfChannelsStep(n) { Result = plan.New(n, i), Reads = reads }),
        Entry<PixelShuffle2x>((plan, n, i, reads) => new PixelShuffleStep(n.Name) { Result = plan.New(n, i), Reads = reads }),
        Entry<PixelUnshuffle2x>((plan, n, i, reads) => new PixelUnshuffleStep(n.Name) { Result = plan.New(n, i), Reads = reads }),
        Entry<ReluLinearAttention>((plan, n, i, reads) => new LinearAttentionStep(n) { Result = plan.New(n, i), Reads = reads, MultiplyAdds = n.MultiplyAdds }));

    /// <summary>Whether the operation is computed as it is; others are computed by their expansion.</summary>
    public static bool Knows(Node node) => Makers.ContainsKey(node.GetType());

    /// <summary>The step that computes <paramref name="node"/> on its own.</summary>
    /// <param name="plan">Gives its result a place.</param>
    /// <param name="node">A known operation.</param>
    /// <param name="index">Where the node stands among those whose results are in memory.</param>
    /// <param name="reads">What it reads.</param>
    public static Step Step(Lowering plan, Node node, int index, IReadOnlyList<PlanTensor> reads) => Makers[node.GetType()](plan, node, index, reads);

    private static PointwiseStep Activate(Lowering plan, Activation node, int index, IReadOnlyList<PlanTensor> reads)
    {
        GroupNorm? norm = node.Source is GroupNorm before && !plan.Fusion.IsNeeded(before) ? before : null;
        return new PointwiseStep(node.Name, norm is null ? node.Kind.ToString() : $"GroupNorm {node.Kind}")
        {
            Result = plan.InPlaceOr(node, norm is null ? node.Source : norm.Source, index), Reads = reads, Function = node.Kind, Norm = norm is null ? null : plan.NormOf(norm),
        };
    }

    private static (Type, Make<Node>) Entry<T>(Make<T> make) where T : Node => (typeof(T), (plan, node, index, reads) => make(plan, (T)node, index, reads));

    private static Dictionary<Type, Make<Node>> Table(params ReadOnlySpan<(Type, Make<Node>)> entries)
    {
        var table = new Dictionary<Type, Make<Node>>();
        foreach ((Type type, Make<Node> make) in entries) table.Add(type, make);
        return table;
    }
}
