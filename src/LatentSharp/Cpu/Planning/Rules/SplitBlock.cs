using LatentSharp.Cpu.Steps;
using LatentSharp.Graph;

namespace LatentSharp.Cpu.Planning.Rules;

/// <summary>
/// A 3x3 convolution and a 1x1 shortcut that are the only readers of a tensor and together write no more channels than it has: their
/// results take its place.
/// </summary>
/// <param name="Main">The 3x3 convolution, by Winograd.</param>
/// <param name="Shortcut">The 1x1 convolution.</param>
/// <param name="Index">Where the later of them stands; both are computed there.</param>
internal sealed record SplitBlock(FusedConvolution Main, FusedConvolution Shortcut, int Index)
{
    /// <summary>The pairs of a network.</summary>
    public static IEnumerable<SplitBlock> Find(Lowering plan, Node[] written)
    {
        Fusion fusion = plan.Fusion;
        foreach (IGrouping<Node, (Node Node, int Index)> readers in
            written.Select((n, i) => (n, i)).SelectMany(p => fusion.Reads(p.n).Distinct().Select(r => (Read: r, p.n, p.i)))
            .GroupBy(p => p.Read, p => (p.n, p.i)))
        {
            (Node Node, int Index)[] two = [.. readers];
            if (two.Length != 2 || two.Any(t => plan.IsStreamed(t.Node)) || readers.Key is Input or Slice or Concat) continue;
            FusedConvolution? main = two.Select(t => fusion.ConvolutionFor(t.Node))
                .SingleOrDefault(
                    f => f is { Norm: not null, Residual: null, After: null, Enlargement: null, Conv: { KernelHeight: 3, Stride: 1 } });
            FusedConvolution? shortcut = two.Select(t => fusion.ConvolutionFor(t.Node))
                .SingleOrDefault(
                    f => f is
                    {
                        Norm: null, Before: null, Residual: null, After: null, Enlargement: null,
                        Conv: { KernelHeight: 1, Stride: 1 }
                    });
            if (main is null || shortcut is null || fusion.NeedsSums(shortcut.Result)) continue;
            int channels = readers.Key.Shape.Channels;
            if (main.Conv.Shape.Channels * 2 != channels || shortcut.Conv.Shape.Channels * 2 != channels
                || !ConvolutionChoice.UseWinograd(main.Sizes, plan.Kernels, fusion.HasGradients)) continue;
            yield return new SplitBlock(main, shortcut, two.Max(t => t.Index));
        }
    }

    /// <summary>Adds the step.</summary>
    public void Lower(Lowering plan)
    {
        PlanTensor source = plan[Main.Source];
        PlanTensor shortcut = plan[Shortcut.Result] = source.At(Shortcut.Conv.Shape, 0);
        PlanTensor main = plan[Main.Result] = source.At(Main.Conv.Shape, source.Shape.Channels / 2);
        plan.Share(source.Storage, shortcut, Shortcut.Result);
        plan.Share(source.Storage, main, Main.Result);
        if (plan.Fusion.NeedsSums(Main.Result)) main.Sums = plan.NewSums(Main.Result);
        Conv2d conv = Main.Conv, one = Shortcut.Conv;
        plan.Steps.Add(new SplitStep(conv.Name, Main.Describe(winograd: true) + " | Conv2d(GEMM) in place",
            new Convolution(Main.Sizes, conv.Weight, conv.Bias, winograd: true, plan.Workers),
            new Convolution(Shortcut.Sizes, one.Weight, one.Bias, winograd: false, plan.Workers))
        {
            Result = main, Source = source, Shortcut = shortcut, Reads = [source], Norm = plan.NormOf(Main.Norm!),
            Before = Main.Before?.Kind,
            MultiplyAdds = conv.MultiplyAdds + one.MultiplyAdds,
        });
    }
}
