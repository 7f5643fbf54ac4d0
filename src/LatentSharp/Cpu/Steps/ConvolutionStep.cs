using LatentSharp.Cpu.Kernels;
using LatentSharp.Cpu.Kernels.Pointwise;
using LatentSharp.Graph;

namespace LatentSharp.Cpu.Steps;

/// <summary>
/// A convolution with what precedes it (normalisation, activation, enlargement) applied while it reads and what follows it (bias, sum,
/// activation, statistics) while it writes.
/// </summary>
internal sealed class ConvolutionStep(string name, string operation, Convolution convolution) : Step(name, operation)
{
    public required PlanTensor Source { get; init; }

    public Normalisation? Norm { get; init; }

    public ActivationKind? Before { get; init; }

    public PlanTensor? Residual { get; init; }

    public ActivationKind? After { get; init; }

    public override IReadOnlyList<StepWeights> Weights => [convolution.Weights];

    public override long SharedBytes(KernelSet kernels) => (Norm?.Bytes ?? 0) + (Result.Sums is null ? 0 : convolution.SumsBytes(kernels));

    public override long PrivateBytes(KernelSet kernels) => convolution.PrivateBytes(kernels);

    public override double Multiplications => convolution.Multiplications;

    public override double Weight(KernelSet kernels) => Multiplications + Result.Shape.Count * 8.0 + Source.Shape.Count * 8.0;

    public override void Run(RunState run)
    {
        nint sums = Result.Sums is null ? 0 : run.Shared + (nint)(Norm?.Bytes ?? 0);
        (nint scale, nint offset) = Norm?.Write(run, run.Shared) ?? default;
        var call = new ConvolutionCall(convolution.Shape, Source.In(run), new PixelMap(scale, offset, Before), 0, Result.In(run),
            new Epilogue(0, Residual?.In(run) ?? default, After, 0), 0);
        convolution.Run(run, 0, convolution.Units(run.Kernels), call, sums);
        if (Result.Sums is not null) convolution.SumCells(run, sums, Result.Sums.In(run));
    }
}
