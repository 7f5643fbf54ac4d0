using LatentSharp.Cpu.Kernels;

namespace LatentSharp.Cpu.Steps;

/// <summary>Gathers the sums of a tensor that no convolution wrote.</summary>
internal sealed unsafe class SumsStep(string name) : RowStep(name, "Statistics")
{
    public override long SharedBytes(KernelSet kernels) => (long)Result.Shape.Height * 2 * Result.Shape.Channels * sizeof(double);

    public override void Run(RunState run)
    {
        base.Run(run);
        double[] sums = Result.Sums!.In(run);
        Array.Clear(sums);
        for (int y = 0; y < Result.Shape.Height; y++)
            for (int i = 0; i < sums.Length; i++) sums[i] += ((double*)run.Shared)[(nint)y * sums.Length + i];
    }

    protected override void Row(RunState run, int y)
    {
        FeatureView source = Result.In(run);
        double* sums = (double*)run.Shared + (nint)y * 2 * source.Channels;
        new Span<double>(sums, 2 * source.Channels).Clear();
        for (int x = 0; x < source.Width; x++)
        {
            float* pixel = source.At(y, x);
            for (int c = 0; c < source.Channels; c++)
            {
                sums[c] += pixel[c];
                sums[source.Channels + c] += (double)pixel[c] * pixel[c];
            }
        }
    }
}
