using LatentSharp.Cpu.Kernels;
using LatentSharp.Cpu.Kernels.Winograd;
using LatentSharp.Cpu.Steps;
using LatentSharp.Graph;

namespace LatentSharp.Cpu.Planning.Rules;

/// <summary>
/// A residual block, with the enlarging convolution before it where there is one, that a frugal plan computes in bands:
/// <see cref="Steps.StreamStep"/>.
/// </summary>
/// <param name="Head">The convolution of the enlarged picture that the block reads; null where the block's input is in memory.</param>
/// <param name="Main">The block's first 3x3 convolution.</param>
/// <param name="Shortcut">Its 1x1 shortcut; null where the input itself is added.</param>
/// <param name="Tail">The block's second 3x3 convolution, which does the adding.</param>
internal sealed record StreamedBlock(FusedConvolution? Head, FusedConvolution Main, FusedConvolution? Shortcut, FusedConvolution Tail)
{
    /// <summary>What the block reads from memory.</summary>
    public Node Source => (Head ?? Main).Source;

    /// <summary>The nodes that are computed within it.</summary>
    public IEnumerable<Node> Nodes => new[] { Head?.Result, Main.Result, Shortcut?.Result, Tail.Result }.OfType<Node>();

    /// <summary>
    /// The blocks of a network, given who reads what. Blocks on fewer positions than <paramref name="fewest"/> are left alone: they are not
    /// what fills the memory.
    /// </summary>
    public static IEnumerable<StreamedBlock> Find(Fusion fusion, KernelSet kernels, IEnumerable<Node> written, ILookup<Node, Node> readers,
        long fewest)
    {
        if (fusion.HasGradients) yield break;
        foreach (Node node in written)
        {
            if (node.Shape.Positions < fewest || fusion.ConvolutionFor(node) is not { Norm: not null, Residual: not null, After: null } tail
                || !Streams(tail, kernels)) continue;
            if (fusion.ConvolutionFor(tail.Source) is not { Norm: not null, Residual: null, After: null } main || !Streams(main, kernels)
                || readers[tail.Source].Count() != 1) continue;
            FusedConvolution? shortcut = tail.Residual == main.Source ? null : fusion.ConvolutionFor(tail.Residual!);
            if (tail.Residual != main.Source)
            {
                if (shortcut is not
                    {
                        Norm: null, Before: null, Residual: null, After: null, Enlargement: null,
                        Conv: { KernelHeight: 1, Stride: 1 }
                    }) continue;
                if (shortcut.Source != main.Source || readers[shortcut.Result].Count() != 1) continue;
            }
            Node input = main.Source;
            if (readers[input].Count() != 2 || input is Input or Slice or Concat) continue;
            FusedConvolution? head = fusion.ConvolutionFor(input) is { Enlargement: not null, Residual: null, After: null, Norm: null } up
                && Streams(up, kernels) ? up : null;
            // Without an enlargement before it, a block with a shortcut gains nothing over writing its head over its input.
            if (shortcut is not null && head is null) continue;
            // With one, but without a shortcut, the input would have to be computed again to be added.
            if (shortcut is null && head is not null) head = null;
            yield return new StreamedBlock(head, main, shortcut, tail);
        }
    }

    /// <summary>Adds the passes that gather statistics, then the one that keeps its result.</summary>
    public void Lower(Lowering plan, int index)
    {
        PlanTensor source = plan[Source];
        Convolution main = Of(Main), tail = Of(Tail);
        Convolution? shortcut = Shortcut is null ? null : Of(Shortcut);
        ChannelSums inputSums = source.Sums!;
        var stages = new List<StreamStage>();
        if (Head is { } head)
        {
            inputSums = plan.NewSums(head.Result);
            stages.Add(new StreamStage(Of(head), null, head.Before?.Kind));
            plan.Steps.Add(Pass(head, stages, inputSums));
        }
        stages.Add(new StreamStage(main, Lowering.NormOf(Main.Norm!, inputSums), Main.Before?.Kind, shortcut));
        ChannelSums innerSums = plan.NewSums(Main.Result);
        plan.Steps.Add(Pass(Main, [.. stages.SkipLast(1), stages[^1] with { Side = null }], innerSums));
        stages.Add(new StreamStage(tail, Lowering.NormOf(Tail.Norm!, innerSums), Tail.Before?.Kind));
        PlanTensor result = shortcut is null ? plan.InPlaceOr(Tail.Result, Source, index)
            : GrowOver(plan, source, Tail.Result, stages.Count - 1);
        if (plan.Fusion.NeedsSums(Tail.Result)) result.Sums = plan.NewSums(Tail.Result);
        plan.Steps.Add(new StreamStep(Tail.Conv.Name, Describe(stages) + " Add", stages)
        {
            Result = result, Reads = [source], Source = source, Keeps = true, AddsSource = shortcut is null, Gather = result.Sums,
            MultiplyAdds = Nodes.Sum(n => plan.Fusion.ConvolutionFor(n)!.Conv.MultiplyAdds),
        });

        StreamStep Pass(FusedConvolution last, List<StreamStage> chain, ChannelSums gather)
            => new(last.Conv.Name + ".statistics", Describe(chain) + " statistics", [.. chain])
            {
                Result = source, Reads = [source],
                Source = source, Keeps = false, Gather = gather
            };

        Convolution Of(FusedConvolution fused)
            => new(fused.Sizes, fused.Conv.Weight, fused.Conv.Bias, fused.Conv.KernelHeight == 3, plan.Workers);
    }

    private static string Describe(List<StreamStage> stages)
        => "in bands: "
        + string.Join(" Conv2d(Winograd) ", stages.Select(s => s.Convolution.Shape.Enlarged ? "Upsample2x" : "GroupNorm SiLU"))
        + " Conv2d(Winograd)";

    // The result begins in front of the source and eats it up from its first row on: with rows of equal size on both sides it never catches
    // up with what is still to be read.
    private static PlanTensor GrowOver(Lowering plan, PlanTensor source, Node node, int lead)
    {
        long bytes = node.Shape.Count * sizeof(float), row = bytes / node.Shape.Height, sourceBytes = source.Shape.Count * sizeof(float),
            sourceRow = sourceBytes / source.Shape.Height;
        if (source.PixelStride != source.Shape.Channels) return plan[node] = plan.Alone(node);
        long slack = 0;
        int tile = WinogradBlocking.TileFor(node.Shape.Height, node.Shape.Width), strips = (node.Shape.Height + tile - 1) / tile;
        for (int end = 1; end + lead < strips; end++)
        {
            // After the strips up to end are written, the first stage reads on from strip end + lead, one row above it.
            long written = (long)tile * end * row, needed = ((long)tile * (end + lead) - 1) / 2 * sourceRow;
            slack = Math.Max(slack, written - (bytes - sourceBytes) - needed);
        }
        source.Storage.Grow(bytes + slack);
        return plan[node] = new PlanTensor(node.Shape, source.Storage, source.Storage.Bytes, node.Shape.Channels, 0);
    }

    private static bool Streams(FusedConvolution fused, KernelSet kernels)
    {
        var shape = fused.Sizes;
        return shape.Stride == 1 && ConvolutionChoice.UseWinograd(shape, kernels, exact: false)
            && new WinogradBlocking(shape, kernels.RowsPerBlock, kernels.PanelWidth, workers: 1).StripsPerUnit == 1;
    }
}
