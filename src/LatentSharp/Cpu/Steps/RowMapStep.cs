using LatentSharp.Cpu.Kernels;
using LatentSharp.Cpu.Kernels.Matrix;

namespace LatentSharp.Cpu.Steps;

/// <summary>A normalisation of rows or of heads, or a modulation, that no product applies while it reads.</summary>
internal sealed unsafe class RowMapStep(string name, string operation) : PositionStep(name, operation)
{
    /// <summary>The normalisation, or null.</summary>
    public RowNormalisation? Norm { get; init; }

    /// <summary>What rows are multiplied by, less 1; or null.</summary>
    public PlanTensor? Scale { get; init; }

    /// <summary>What is added to rows, or null.</summary>
    public PlanTensor? Shift { get; init; }

    public override long SharedBytes(KernelSet kernels) => Norm?.Bytes ?? 0;

    protected override void Begin(RunState run) => Norm?.Write(run.Shared);

    protected override void Positions(RunState run, int first, int count)
    {
        FeatureView source = Reads[0].In(run), result = Result.In(run);
        RowMap map = MapOf(run);
        int size = Norm?.Channels ?? source.Channels, groups = source.Channels / size;
        MatrixKernels kernels = run.Kernels.Matrix;
        float* pairs = stackalloc float[2 * groups];
        for (int position = first; position < first + count; position++)
        {
            // The groups of a position are the rows of a matrix of their own.
            var rows = new MatrixView((nint)source.At(position), groups, size, size);
            if (map.Norm != RowNorm.None) kernels.Statistics(map, rows, 0, groups, pairs);
            kernels.MapRows(map, pairs, rows, 0, groups, 0, size, result.At(position), size);
        }
    }

    // The weights were read when the step began: they lie where Write has put them.
    private RowMap MapOf(RunState run)
    {
        if (Norm is null) return new RowMap(RowNorm.None, 0, Scale?.In(run).Data ?? 0, Shift?.In(run).Data ?? 0, GainIsScale: true);
        return Norm.At(run.Shared);
    }
}
