using LatentSharp.Cpu.Kernels;
using LatentSharp.Graph;

namespace LatentSharp.Cpu.Steps;

/// <summary>
/// ReLU linear attention. For every group the products of keys with values, and the sum of the keys, are gathered over all positions once;
/// then each pixel multiplies its query with them.
/// </summary>
internal sealed unsafe class LinearAttentionStep(ReluLinearAttention node) : Step(node.Name, "ReluLinearAttention")
{
    private readonly LinearAttention kernel = new(node.HeadChannels);
    private readonly int groups = node.Shape.Channels / node.HeadChannels;

    public override long SharedBytes(KernelSet kernels) => (long)groups * kernel.GroupSize * sizeof(double);

    public override void Run(RunState run)
    {
        FeatureView source = Reads[0].In(run), result = Result.In(run);
        double* products = (double*)run.Shared;
        run.Crew.For(groups, (group, _) => kernel.Gather(source, group, products + (nint)group * kernel.GroupSize));
        run.Crew.For(result.Height, (y, _) =>
        {
            for (int x = 0; x < result.Width; x++) kernel.Apply(source.At(y, x), result.At(y, x), groups, products);
        });
    }
}
