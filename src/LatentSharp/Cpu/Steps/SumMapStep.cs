using LatentSharp.Cpu.Kernels.Matrix;
using LatentSharp.Graph;

namespace LatentSharp.Cpu.Steps;

/// <summary>
/// Sums and products value by value that nothing was joined with: residual + gate * factor * function(x + row), each part only where it is
/// given.
/// </summary>
internal sealed unsafe class SumMapStep(string name, string operation) : PositionStep(name, operation)
{
    /// <summary>What the function is applied to.</summary>
    public required PlanTensor Source { get; init; }

    /// <summary>A row to add at every position, or null.</summary>
    public PlanTensor? Row { get; init; }

    /// <summary>The function, or null.</summary>
    public ActivationKind? Function { get; init; }

    /// <summary>What to multiply by, value by value, or null.</summary>
    public PlanTensor? Factor { get; init; }

    /// <summary>A row to multiply every position by, or null.</summary>
    public PlanTensor? Gate { get; init; }

    /// <summary>What to add, value by value, or null.</summary>
    public PlanTensor? Residual { get; init; }

    protected override void Positions(RunState run, int first, int count)
    {
        FeatureView source = Source.In(run), result = Result.In(run);
        var map = new SumMap(Row?.In(run).Data ?? 0, Function, Factor?.In(run).Rows ?? default, Gate?.In(run).Data ?? 0,
            Residual?.In(run).Rows ?? default);
        run.Kernels.Matrix.MapSums(map, source.At(first), source.PixelStride, result.Rows, first, count, 0, result.Channels);
    }
}
