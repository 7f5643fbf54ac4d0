using LatentSharp.Graph;

namespace LatentSharp.Cpu.Steps;

/// <summary>
/// A convolution whose groups of channels do not mix, depthwise ones included. There is little arithmetic for each value read, so it runs
/// directly from the definition, with the output channels of a group (or all channels, when each is a group of its own) as lanes.
/// </summary>
internal sealed unsafe class GroupedConvolutionStep(Conv2d node)
    : RowStep(node.Name, node.Groups == node.Shape.Channels ? "Conv2d(depthwise)" : "Conv2d(grouped)")
{
    private readonly int inner = node.Source.Shape.Channels / node.Groups;
    private readonly int outer = node.Shape.Channels / node.Groups;
    private readonly int taps = node.KernelHeight * node.KernelWidth;

    private readonly GroupedWeights weights = new(node);

    public override IReadOnlyList<StepWeights> Weights => [weights];

    private bool Depthwise => inner == 1 && outer == 1;

    protected override void Row(RunState run, int y)
    {
        FeatureView source = Reads[0].In(run), result = Result.In(run);
        float* packed = (float*)run.At(weights);
        var bias = new ReadOnlySpan<float>(packed + (nint)node.Weight.ElementCount, result.Channels);
        nint tapSize = (nint)source.Channels * outer;
        for (int x = 0; x < result.Width; x++)
        {
            float* sums = result.At(y, x);
            bias.CopyTo(new Span<float>(sums, result.Channels));
            for (int t = 0; t < taps; t++)
            {
                int row = y * node.Stride + t / node.KernelWidth - node.Padding.Top, column = x * node.Stride + t % node.KernelWidth
                    - node.Padding.Left;
                if ((uint)row >= (uint)source.Height || (uint)column >= (uint)source.Width) continue;
                float* from = source.At(row, column), weights = packed + t * tapSize;
                if (Depthwise) run.Kernels.AddProducts(sums, from, weights, source.Channels);
                else
                    for (int c = 0; c < source.Channels; c++)
                        run.Kernels.AddScaled(sums + c / inner * outer, from[c], weights + (nint)c * outer, outer);
            }
        }
    }
}
