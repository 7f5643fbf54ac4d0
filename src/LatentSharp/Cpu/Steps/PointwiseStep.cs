using LatentSharp.Cpu.Kernels;
using LatentSharp.Cpu.Kernels.Pointwise;
using LatentSharp.Graph;

namespace LatentSharp.Cpu.Steps;

/// <summary>A group normalisation or a function that could not be joined to anything.</summary>
internal sealed unsafe class PointwiseStep(string name, string operation) : PositionStep(name, operation)
{
    public Normalisation? Norm { get; init; }

    public ActivationKind? Function { get; init; }

    public override long SharedBytes(KernelSet kernels) => Norm?.Bytes ?? 0;

    protected override void Begin(RunState run) => Norm?.Write(run, run.Shared);

    protected override void Positions(RunState run, int first, int count)
    {
        FeatureView source = Reads[0].In(run), result = Result.In(run);
        nint offset = run.Shared + (nint)((Norm?.Bytes ?? 0) / 2);
        PixelMap map = Norm is null ? new PixelMap(0, 0, Function) : new PixelMap(run.Shared, offset, Function);
        run.Kernels.Map(map, source.At(first), source.PixelStride, result.At(first), result.PixelStride, count, source.Channels);
    }
}
