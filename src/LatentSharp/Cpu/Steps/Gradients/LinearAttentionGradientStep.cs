using LatentSharp.Cpu.Kernels;
using LatentSharp.Graph.Gradients;

namespace LatentSharp.Cpu.Steps.Gradients;

/// <summary>
/// The gradient of ReLU linear attention, head by head: what the forward pass gathers is gathered again, then what the queries send back to
/// it, then keys and values take their part. Sums are in float64, over the positions in their order.
/// </summary>
internal sealed unsafe class LinearAttentionGradientStep(ReluLinearAttentionGradient node) : Step(node.Name, "ReluLinearAttention gradient")
{
    private readonly LinearAttention kernel = new(node.HeadChannels);
    private readonly int groups = node.Gradient.Shape.Channels / node.HeadChannels;

    public override long SharedBytes(KernelSet kernels) => 2L * groups * kernel.GroupSize * sizeof(double);

    public override void Run(RunState run)
    {
        FeatureView dy = Reads[0].In(run), source = Reads[1].In(run), result = Result.In(run);
        double* products = (double*)run.Shared, back = products + (nint)groups * kernel.GroupSize;
        run.Crew.For(groups, (group, _) =>
        {
            double* of = products + (nint)group * kernel.GroupSize, to = back + (nint)group * kernel.GroupSize;
            kernel.Gather(source, group, of);
            kernel.ToQueries(dy, source, result, group, of, to);
            kernel.ToKeysAndValues(source, result, group, to);
        }, run.Within);
    }
}
