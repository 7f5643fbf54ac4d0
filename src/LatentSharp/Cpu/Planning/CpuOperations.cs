using LatentSharp.Cpu.Kernels.Winograd;
using LatentSharp.Cpu.Steps;
using LatentSharp.Cpu.Steps.Gradients;
using LatentSharp.Graph;
using LatentSharp.Graph.Gradients;

namespace LatentSharp.Cpu.Planning;

/// <summary>
/// The operations that the processor computes as they are, each by a step of its own where it was not joined to a convolution.
/// </summary>
internal static class CpuOperations
{
    private delegate Step Make<T>(Lowering plan, T node, int index, IReadOnlyList<PlanTensor> reads);

    private static readonly Dictionary<Type, Make<Node>> Makers = Table(
        Entry<Input>((plan, n, i, _) => new InputStep(n, plan.Graph.Inputs.IndexOf(n)) { Result = plan.New(n, i), Reads = [] }),
        Entry<Output>((plan, n, _, reads) => new OutputStep(n, plan.Graph.Outputs.IndexOf(n)) { Result = reads[0], Reads = reads }),
        Entry<Activation>(
            (plan, n, i, reads) => new PointwiseStep(n.Name, n.Kind.ToString())
            {
                Result = plan.InPlaceOr(n, n.Source, i), Reads = reads,
                Function = n.Kind
            }),
        Entry<GroupNorm>(
            (plan, n, i, reads) => new PointwiseStep(n.Name, "GroupNorm")
            {
                Result = plan.InPlaceOr(n, n.Source, i), Reads = reads,
                Norm = plan.NormOf(n)
            }),
        Entry<Add>((plan, n, i, reads) => new SumMapStep(n.Name, "Add")
        {
            Result = plan.InPlaceOr(n, n.Left, i), Reads = reads, Source = reads[0], Row = n.IsRow ? reads[1] : null,
            Residual = n.IsRow ? null : reads[1],
        }),
        Entry<Multiply>((plan, n, i, reads) => new SumMapStep(n.Name, "Multiply")
        {
            Result = plan.InPlaceOr(n, n.Left, i), Reads = reads, Source = reads[0], Gate = n.IsRow ? reads[1] : null,
            Factor = n.IsRow ? null : reads[1],
        }),
        Entry<Gate>((plan, n, i, reads) => new SumMapStep(n.Name, "Gate")
        {
            Result = plan.InPlaceOr(n, n.Source, i), Reads = reads, Source = reads[1], Gate = reads[2], Residual = reads[0],
        }),
        Entry<Modulate>(
            (plan, n, i, reads) => new RowMapStep(n.Name, "Modulate")
            {
                Result = plan.InPlaceOr(n, n.Source, i), Reads = reads,
                Scale = reads[1], Shift = reads[2]
            }),
        Entry<LayerNorm>(
            (plan, n, i, reads) => new RowMapStep(n.Name, "LayerNorm")
            {
                Result = plan.InPlaceOr(n, n.Source, i), Reads = reads,
                Norm = RowNormalisation.Of(n)
            }),
        Entry<RmsNorm>((plan, n, i, reads) => new RowMapStep(n.Name, "RmsNorm")
        {
            Result = plan.InPlaceOr(n, n.Source, i), Reads = reads,
            Norm = RowNormalisation.Of(n)
        }),
        Entry<Upsample2x>((plan, n, i, reads) => new UpsampleStep(n.Name) { Result = plan.New(n, i), Reads = reads }),
        Entry<Attention>(
            (plan, n, i, reads) => new AttentionStep(n, plan.InBytes(n))
            {
                Result = plan.New(n, i), Reads = reads, MultiplyAdds = n.MultiplyAdds
            }),
        Entry<Conv2d>((plan, n, i, reads) => new GroupedConvolutionStep(n)
        {
            Result = plan.New(n, i), Reads = reads,
            MultiplyAdds = n.MultiplyAdds
        }),
        Entry<L2Norm>((plan, n, i, reads) => new L2NormStep(n) { Result = plan.InPlaceOr(n, n.Source, i), Reads = reads }),
        Entry<SelectChannels>((plan, n, i, reads) => new SelectChannelsStep(n) { Result = plan.New(n, i), Reads = reads }),
        Entry<BatchNorm>((plan, n, i, reads) => new BatchNormStep(n) { Result = plan.InPlaceOr(n, n.Source, i), Reads = reads }),
        Entry<GatedSiLU>((plan, n, i, reads) => new GatedSiLUStep(n.Name) { Result = plan.New(n, i), Reads = reads }),
        Entry<RepeatChannels>((plan, n, i, reads) => new RepeatChannelsStep(n) { Result = plan.New(n, i), Reads = reads }),
        Entry<MeanOfChannels>((plan, n, i, reads) => new MeanOfChannelsStep(n) { Result = plan.New(n, i), Reads = reads }),
        Entry<PixelShuffle2x>((plan, n, i, reads) => new PixelShuffleStep(n.Name) { Result = plan.New(n, i), Reads = reads }),
        Entry<PixelUnshuffle2x>((plan, n, i, reads) => new PixelUnshuffleStep(n.Name) { Result = plan.New(n, i), Reads = reads }),
        Entry<ReluLinearAttention>(
            (plan, n, i, reads) => new LinearAttentionStep(n) { Result = plan.New(n, i), Reads = reads, MultiplyAdds = n.MultiplyAdds }),
        Entry<Rope>((plan, n, i, reads) => new RopeStep(n) { Result = plan.InPlaceOr(n, n.Source, i), Reads = reads }),
        Entry<RotaryTable>((plan, n, i, reads) => new RotaryTableStep(n) { Result = plan.New(n, i), Reads = reads }),
        Entry<SinusoidalEmbedding>((plan, n, i, reads) => new SinusoidalEmbeddingStep(n) { Result = plan.New(n, i), Reads = reads }),
        Entry<Embedding>((plan, n, i, reads) => new EmbeddingStep(n) { Result = plan.New(n, i), Reads = reads }),
        Entry<Parameter>((plan, n, i, reads) => new ParameterStep(n) { Result = plan.New(n, i), Reads = reads }),
        Entry<RelativeBias>((plan, n, i, reads) => new RelativeBiasStep(n) { Result = plan.New(n, i), Reads = reads }),
        Entry<TokenOfText>((plan, n, i, reads) => new TokenOfTextStep(n) { Result = plan.New(n, i), Reads = reads }),
        Entry<Graph.Pointwise>((plan, n, i, reads) => new FunctionStep(n) { Result = plan.InPlaceOr(n, n.Source, i), Reads = reads }),
        Entry<PointwiseGradient>(
            (plan, n, i, reads) => new FunctionGradientStep(n) { Result = plan.InPlaceOr(n, n.Gradient, i), Reads = reads }),
        Entry<ActivationGradient>(
            (plan, n, i, reads) => new ActivationGradientStep(n) { Result = plan.InPlaceOr(n, n.Gradient, i), Reads = reads }),
        Entry<SumOfPositions>((plan, n, i, reads) => new SumOfPositionsStep(n.Name) { Result = plan.New(n, i), Reads = reads }),
        Entry<Spread>((plan, n, i, reads) => new SpreadStep(n.Name) { Result = plan.New(n, i), Reads = reads }),
        Entry<MaxPool>((plan, n, i, reads) => new MaxPoolStep(n) { Result = plan.New(n, i), Reads = reads }),
        Entry<MaxPoolGradient>((plan, n, i, reads) => new MaxPoolGradientStep(n) { Result = plan.New(n, i), Reads = reads }),
        Entry<UpsampleGradient>((plan, n, i, reads) => new UpsampleGradientStep(n.Name) { Result = plan.New(n, i), Reads = reads }),
        Entry<Dilate>((plan, n, i, reads) => new DilateStep(n) { Result = plan.New(n, i), Reads = reads }),
        Entry<Placed>((plan, n, i, reads) => new PlacedStep(n) { Result = plan.New(n, i), Reads = reads }),
        Entry<TokenOfTextGradient>((plan, n, i, reads) => new TokenOfTextGradientStep(n) { Result = plan.New(n, i), Reads = reads }),
        Entry<RelativeBiasGradient>((plan, n, i, reads) => new RelativeBiasGradientStep(n) { Result = plan.New(n, i), Reads = reads }),
        Entry<ReluLinearAttentionGradient>((plan, n, i, reads) => new LinearAttentionGradientStep(n)
        {
            Result = plan.New(n, i), Reads = reads, MultiplyAdds = n.MultiplyAdds,
        }),
        Entry<EmbeddingGradient>((plan, n, i, reads) => new EmbeddingGradientStep(n) { Result = plan.New(n, i), Reads = reads }),
        Entry<GroupNormGradient>(
            (plan, n, i, reads) => new GroupNormGradientStep(n) { Result = plan.InPlaceOr(n, n.Gradient, i), Reads = reads }),
        Entry<VectorNormGradient>(
            (plan, n, i, reads) => new VectorNormGradientStep(n) { Result = plan.InPlaceOr(n, n.Gradient, i), Reads = reads }),
        Entry<WeightGradient>(
            (plan, n, i, reads) => !plan.Fusion.IsExact && WinogradGradientBlocking.Fits(n.Window, n.Source.Shape, n.Gradient.Shape)
                ? new WinogradWeightGradientStep(n) { Result = plan.New(n, i), Reads = reads, MultiplyAdds = n.MultiplyAdds }
                : new WeightGradientStep(n) { Result = plan.New(n, i), Reads = reads, MultiplyAdds = n.MultiplyAdds }),
        Entry<AttentionGradient>(
            (plan, n, i, reads) => new AttentionGradientStep(n) { Result = plan.New(n, i), Reads = reads, MultiplyAdds = n.MultiplyAdds }));

    /// <summary>
    /// Whether the operation is computed as it is; others are computed by their expansion. A linear layer always belongs to a rule, and
    /// slices and joined parts are places in memory.
    /// </summary>
    public static bool Knows(Node node) => node is Linear or Slice or Concat || Makers.ContainsKey(node.GetType());

    /// <summary>The step that computes <paramref name="node"/> on its own.</summary>
    /// <param name="plan">Gives its result a place.</param>
    /// <param name="node">A known operation.</param>
    /// <param name="index">Where the node stands among those whose results are in memory.</param>
    /// <param name="reads">What it reads.</param>
    public static Step Step(Lowering plan, Node node, int index, IReadOnlyList<PlanTensor> reads)
        => Makers[node.GetType()](plan, node, index, reads);

    private static (Type, Make<Node>) Entry<T>(Make<T> make) where T : Node
        => (typeof(T), (plan, node, index, reads) => make(plan, (T)node, index, reads));

    private static Dictionary<Type, Make<Node>> Table(params ReadOnlySpan<(Type, Make<Node>)> entries)
    {
        var table = new Dictionary<Type, Make<Node>>();
        foreach ((Type type, Make<Node> make) in entries) table.Add(type, make);
        return table;
    }
}
