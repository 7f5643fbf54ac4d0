using LatentSharp.Cpu.Kernels;

namespace LatentSharp.Cpu.Steps.Gradients;

/// <summary>
/// Sums over positions and groups of channels, in float64: within runs of positions first, then over the runs in their order.
/// </summary>
internal sealed unsafe class SumOfPositionsStep(string name) : Step(name, "SumOfPositions")
{
    private const int UnitValues = 1 << 14;

    private int Positions => checked((int)Reads[0].Shape.Positions);

    private int Each => Math.Clamp(UnitValues / Reads[0].Shape.Channels, 1, Positions);

    private int Units => (Positions + Each - 1) / Each;

    public override long SharedBytes(KernelSet kernels) => (long)Units * Result.Shape.Channels * sizeof(double);

    public override double Weight(KernelSet kernels) => Reads[0].Shape.Count * 4.0;

    public override void Run(RunState run)
    {
        FeatureView source = Reads[0].In(run), result = Result.In(run);
        int channels = result.Channels, each = Each, positions = Positions;
        double* all = (double*)run.Shared;
        run.Crew.For(Units, (unit, _) =>
        {
            double* sums = all + (nint)unit * channels;
            new Span<double>(sums, channels).Clear();
            for (int p = unit * each; p < Math.Min(positions, (unit + 1) * each); p++)
            {
                float* from = source.At(p);
                for (int group = 0; group < source.Channels; group += channels) WideSums.Add(sums, from + group, channels);
            }
        });
        for (int c = 0; c < channels; c++)
        {
            double sum = 0;
            for (int unit = 0; unit < Units; unit++) sum += all[(nint)unit * channels + c];
            result.At(0)[c] = (float)sum;
        }
    }
}
