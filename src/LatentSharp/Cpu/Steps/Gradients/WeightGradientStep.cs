using LatentSharp.Cpu.Kernels;
using LatentSharp.Graph;
using LatentSharp.Graph.Gradients;

namespace LatentSharp.Cpu.Steps.Gradients;

/// <summary>
/// The gradient of a convolution or a linear layer to its weight. A unit is a few outputs with some of the inputs, all taps; it goes over
/// all positions in their order, so that the sums do not depend on who computes them.
/// </summary>
internal sealed unsafe class WeightGradientStep(WeightGradient node) : Step(node.Name, "Weight gradient")
{
    // What the kernel takes together, and so many of it that what is read of the source serves as often as with nine taps; the sums of nine
    // times four outputs stay in the first-level cache.
    private const int KernelOutputs = 4, UnitInputs = 64, Served = 9;

    // Positions that are summed in float32.
    private const int Run32 = 256;

    private readonly Window window = node.Window;
    private readonly int inner = node.Source.Shape.Channels / node.Window.Groups;
    private readonly int outer = node.Gradient.Shape.Channels / node.Window.Groups;
    private readonly int taps = node.Window.Height * node.Window.Width;

    private int UnitOutputs => KernelOutputs * Math.Max(1, Served / taps);

    public override long PrivateBytes(KernelSet kernels) => (long)taps * UnitOutputs * Math.Min(inner, UnitInputs) * sizeof(double);

    public override void Run(RunState run)
    {
        int outputs = (outer + UnitOutputs - 1) / UnitOutputs, inputs = (inner + UnitInputs - 1) / UnitInputs;
        run.Crew.For(window.Groups * outputs * inputs, (unit, worker) =>
        {
            int group = unit / inputs / outputs, o = unit / inputs % outputs * UnitOutputs, c = unit % inputs * UnitInputs;
            Unit(run, group, (o, Math.Min(UnitOutputs, outer - o)), (c, Math.Min(UnitInputs, inner - c)), (double*)run.PrivateOf(worker));
        }, run.Within);
    }

    private void Unit(RunState run, int group, (int First, int Count) outputs, (int First, int Count) inputs, double* sums)
    {
        FeatureView gradient = Reads[0].In(run), source = Reads[1].In(run), result = Result.In(run);
        if (taps == 1 && gradient.Width == source.Width && gradient.Height == source.Height)
            (gradient, source) = (OneRow(gradient), OneRow(source));
        int size = outputs.Count * inputs.Count, output = group * outer + outputs.First, input = group * inner + inputs.First;
        new Span<double>(sums, taps * size).Clear();
        for (int y = 0; y < gradient.Height; y++)
        {
            run.Crew.Cancel.ThrowIfCancellationRequested();
            for (int tap = 0; tap < taps; tap++)
            {
                int row = y * window.Stride + tap / window.Width - window.Padding.Top, shift = tap % window.Width - window.Padding.Left;
                if ((uint)row >= (uint)source.Height || shift >= source.Width) continue;
                // The results whose window has this tap inside the source.
                int from = shift < 0 ? (-shift + window.Stride - 1) / window.Stride : 0;
                int to = Math.Min(gradient.Width, (source.Width - 1 - shift) / window.Stride + 1);
                for (int x = from; x < to; x += Run32)
                    for (int o = 0; o < outputs.Count; o += KernelOutputs)
                        run.Kernels.AddOuterProducts(gradient.At(y, x) + output + o, gradient.PixelStride,
                            Math.Min(KernelOutputs, outputs.Count - o), source.At(row, x * window.Stride + shift) + input,
                            (nint)source.PixelStride * window.Stride, inputs.Count, Math.Min(Run32, to - x),
                            sums + (nint)tap * size + o * inputs.Count);
            }
        }
        for (int o = 0; o < outputs.Count; o++)
        {
            float* target = result.At(output + o) + (nint)inputs.First * taps;
            for (int c = 0; c < inputs.Count; c++)
                for (int tap = 0; tap < taps; tap++) target[c * taps + tap] = (float)sums[(nint)tap * size + o * inputs.Count + c];
        }
    }

    // A window of one pixel meets no borders: the rows one behind the other.
    private static FeatureView OneRow(FeatureView view) => view with { Height = 1, Width = view.Height * view.Width };
}
