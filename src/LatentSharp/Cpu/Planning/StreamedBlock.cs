using LatentSharp.Cpu.Kernels;
using LatentSharp.Cpu.Kernels.Winograd;
using LatentSharp.Graph;

namespace LatentSharp.Cpu.Planning;

/// <summary>A residual block, with the enlarging convolution before it where there is one, that a frugal plan computes in bands: <see cref="Steps.StreamStep"/>.</summary>
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

    /// <summary>The blocks of a network, given who reads what. Blocks on fewer positions than <paramref name="fewest"/> are left alone: they are not what fills the memory.</summary>
    public static IEnumerable<StreamedBlock> Find(Fusion fusion, KernelSet kernels, IEnumerable<Node> written, ILookup<Node, Node> readers, long fewest)
    {
        foreach (Node node in written)
        {
            if (node.Shape.Positions < fewest || fusion.ConvolutionFor(node) is not { Norm: not null, Residual: not null, After: null } tail || !Streams(tail, kernels)) continue;
            if (fusion.ConvolutionFor(tail.Source) is not { Norm: not null, Residual: null, After: null } main || !Streams(main, kernels) || readers[tail.Source].Count() != 1) continue;
            FusedConvolution? shortcut = tail.Residual == main.Source ? null : fusion.ConvolutionFor(tail.Residual!);
            if (tail.Residual != main.Source)
            {
                if (shortcut is not { Norm: null, Before: null, Residual: null, After: null, Enlargement: null, Conv: { KernelHeight: 1, Stride: 1 } }) continue;
                if (shortcut.Source != main.Source || readers[shortcut.Result].Count() != 1) continue;
            }
            Node input = main.Source;
            if (readers[input].Count() != 2 || input is Input) continue;
            FusedConvolution? head = fusion.ConvolutionFor(input) is { Enlargement: not null, Residual: null, After: null, Norm: null } up && Streams(up, kernels) ? up : null;
            // Without an enlargement before it, a block with a shortcut gains nothing over writing its head over its input.
            if (shortcut is not null && head is null) continue;
            // With one, but without a shortcut, the input would have to be computed again to be added.
            if (shortcut is null && head is not null) head = null;
            yield return new StreamedBlock(head, main, shortcut, tail);
        }
    }

    private static bool Streams(FusedConvolution fused, KernelSet kernels)
    {
        var shape = fused.Sizes;
        return ConvolutionChoice.UseWinograd(shape, kernels) && new WinogradBlocking(shape, kernels.RowsPerBlock, kernels.PanelWidth, workers: 1).StripsPerUnit == 1;
    }
}
