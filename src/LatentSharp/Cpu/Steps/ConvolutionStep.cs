using LatentSharp.Cpu.Kernels;
using LatentSharp.Graph;
using LatentSharp.Weights;

namespace LatentSharp.Cpu.Steps;

/// <summary>A convolution with what precedes it (normalisation, activation, enlargement) applied while it reads and what follows it (bias, sum, activation, statistics) while it writes.</summary>
internal sealed unsafe class ConvolutionStep(string name, string operation, ConvolutionShape shape, WeightRef weight, WeightRef? bias, bool winograd) : Step(name, operation)
{
    public required PlanTensor Source { get; init; }

    public Normalisation? Norm { get; init; }

    public ActivationKind? Before { get; init; }

    public PlanTensor? Residual { get; init; }

    public ActivationKind? After { get; init; }

    public override long SharedBytes(KernelSet kernels) => Lay(kernels).Total;

    public override long PrivateBytes(KernelSet kernels)
    {
        nint scratch = winograd ? Blocking(kernels).Scratch : kernels.GemmScratch(shape);
        nint filters = (nint)kernels.PanelWidth * shape.PatchLength;
        return Math.Max(scratch, filters) * sizeof(float);
    }

    public override double Weight(KernelSet kernels)
    {
        double multiplications = !winograd ? MultiplyAdds : MultiplyAdds * (shape.Enlarged ? 25 : 36) / 144.0;
        return multiplications + shape.Result.Count * 8.0 + shape.Source.Count * 8.0;
    }

    public override void Run(RunState run)
    {
        Layout layout = Lay(run.Kernels);
        nint weights = run.Shared, offsets = weights + (nint)layout.Bias, norm = weights + (nint)layout.Norm, sums = weights + (nint)layout.Sums;
        ReadBias((float*)offsets, layout.PaddedChannels);
        Pack(run, (float*)weights);
        (nint scale, nint offset) = Norm?.Write(run, norm) ?? default;

        WinogradBlocking blocking = winograd ? Blocking(run.Kernels) : default;
        int units = Units(run.Kernels);
        FeatureView residual = Residual?.In(run) ?? default;
        int sumsPerUnit = 2 * layout.PaddedChannels;
        if (Result.Sums is not null) new Span<double>((double*)sums, checked(units * sumsPerUnit)).Clear();
        var call = new ConvolutionCall(shape, Source.In(run), new Pointwise(scale, offset, Before), weights, Result.In(run),
            new Epilogue(bias is null ? 0 : offsets, residual, After, 0) { SquaresOffset = layout.PaddedChannels }, 0);
        run.Crew.For(units, (unit, worker) =>
        {
            ConvolutionCall mine = call with
            {
                Scratch = run.PrivateOf(worker),
                Epilogue = call.Epilogue with { Sums = Result.Sums is null ? 0 : sums + (nint)unit * sumsPerUnit * sizeof(double) },
            };
            if (winograd) run.Kernels.Winograd(mine, blocking, unit);
            else run.Kernels.GemmConvolve(mine, unit);
        });
        if (Result.Sums is not null) SumUnits((double*)sums, units, layout.PaddedChannels, Result.Sums.In(run));
    }

    private WinogradBlocking Blocking(KernelSet kernels) => new(shape, kernels.RowsPerBlock, kernels.PanelWidth);

    private int Units(KernelSet kernels) => winograd ? Blocking(kernels).Units : kernels.GemmUnits(shape);

    private void ReadBias(float* target, int padded)
    {
        new Span<float>(target, padded).Clear();
        bias?.Read(0, new Span<float>(target, shape.Result.Channels));
    }

    private void Pack(RunState run, float* packed)
    {
        int width = run.Kernels.PanelWidth, channels = shape.Result.Channels, length = shape.PatchLength;
        int panels = (channels + width - 1) / width;
        nint positionSize = winograd ? Blocking(run.Kernels).WeightPosition : 0;
        run.Crew.For(panels, (panel, worker) =>
        {
            int some = Math.Min(width, channels - panel * width);
            float* filters = (float*)run.PrivateOf(worker);
            weight.Read((long)panel * width * length, new Span<float>(filters, some * length));
            if (winograd) run.Kernels.PackWinograd(filters, some, shape.Source.Channels, packed + (nint)panel * shape.Source.Channels * width, positionSize);
            else run.Kernels.PackGemm(shape, filters, some, packed + (nint)panel * length * width);
        });
    }

    // In the order of the units, whoever computed them: the same bits for any number of threads.
    private static void SumUnits(double* partial, int units, int padded, double[] result)
    {
        int channels = result.Length / 2;
        Array.Clear(result);
        for (int unit = 0; unit < units; unit++, partial += 2 * padded)
        {
            for (int c = 0; c < channels; c++)
            {
                result[c] += partial[c];
                result[channels + c] += partial[padded + c];
            }
        }
    }

    private Layout Lay(KernelSet kernels)
    {
        int padded = new PackedMatrix(1, shape.Result.Channels, Math.Max(16, kernels.PanelWidth)).PaddedN;
        long packed = winograd ? Blocking(kernels).Weights : new PackedMatrix(shape.PatchLength, shape.Result.Channels, kernels.PanelWidth).Size;
        long bytes = Align(packed * sizeof(float)), norm = bytes + Align(padded * sizeof(float)), sums = norm + Align(Norm?.Bytes ?? 0);
        return new Layout(bytes, norm, sums, sums + (Result.Sums is null ? 0 : Align((long)Units(kernels) * 2 * padded * sizeof(double))), padded);
    }

    private static long Align(long bytes) => (bytes + 63) / 64 * 64;

    private readonly record struct Layout(long Bias, long Norm, long Sums, long Total, int PaddedChannels);
}
