using LatentSharp.Cpu.Kernels.Int8;
using LatentSharp.Cpu.Simd;
using LatentSharp.Tensors;

namespace LatentSharp.Cpu.Kernels.Matrix;

/// <summary>The parts of a product for one vector width behind ordinary calls, each of which does much work.</summary>
internal abstract unsafe class MatrixKernels
{
    /// <summary>The kernels for <paramref name="level"/>.</summary>
    public static MatrixKernels For(SimdLevel level) => level switch
    {
        SimdLevel.Vector512 => MatrixKernels<Simd512, System.Runtime.Intrinsics.Vector512<float>>.Instance,
        SimdLevel.Vector256 => MatrixKernels<Simd256, System.Runtime.Intrinsics.Vector256<float>>.Instance,
        SimdLevel.Vector128 => MatrixKernels<Simd128, System.Runtime.Intrinsics.Vector128<float>>.Instance,
        _ => MatrixKernels<SimdScalar, float>.Instance,
    };

    /// <summary>Products of many rows in float32.</summary>
    public abstract PanelKernels Floats { get; }

    /// <summary>Products of many rows in bytes.</summary>
    /// <param name="type">How the weights are stored.</param>
    public abstract PanelKernels Bytes(ElementType type);

    /// <summary>The instructions of <see cref="Bytes"/>, for people.</summary>
    public string BytesName => Bytes(ElementType.F32).Name!;

    public abstract nint StoredRowScratch(ElementType type, int k);

    /// <inheritdoc cref="RowMapping{S, V}.Statistics"/>
    public abstract void Statistics(in RowMap map, in MatrixView x, int first, int rows, float* pairs);

    /// <inheritdoc cref="RowMapping{S, V}.Apply"/>
    public abstract void MapRows(in RowMap map, float* pairs, in MatrixView x, int first, int rows, int column, int columns, float* target,
        nint stride);

    /// <inheritdoc cref="SumMapping{S, V}.Apply"/>
    public abstract void MapSums(in SumMap map, float* sums, nint stride, in MatrixView y, int row, int rows, int column, int columns);

    /// <inheritdoc cref="StoredRowProduct{S, V}.Multiply"/>
    public abstract void MultiplyStored(in MatrixView x, byte* stored, nint rowBytes, StoredMatrix weights, int row, int rows, float* sums,
        nint stride, float* scratch);
}

/// <inheritdoc/>
internal sealed unsafe class MatrixKernels<S, V> : MatrixKernels where S : ISimd<V> where V : unmanaged
{
    public static MatrixKernels<S, V> Instance { get; } = new();

    private readonly PanelKernels bytes = ByteKernels.For<S, V>(BytePanels.Block), codes = ByteKernels.For<S, V>(BytePanels.StoredBlock);

    public override PanelKernels Floats { get; } = new FloatPanels<S, V>();

    public override PanelKernels Bytes(ElementType type) => type == ElementType.Q8_0 ? codes : bytes;

    public override nint StoredRowScratch(ElementType type, int k) => StoredRowProduct<S, V>.Scratch(type, k);

    public override void Statistics(in RowMap map, in MatrixView x, int first, int rows, float* pairs)
        => RowMapping<S, V>.Statistics(map, x, first, rows, pairs);

    public override void MapRows(in RowMap map, float* pairs, in MatrixView x, int first, int rows, int column, int columns, float* target,
        nint stride)
        => RowMapping<S, V>.Apply(map, pairs, x, first, rows, column, columns, target, stride);

    public override void MapSums(in SumMap map, float* sums, nint stride, in MatrixView y, int row, int rows, int column, int columns)
        => SumMapping<S, V>.Apply(map, sums, stride, y, row, rows, column, columns);

    public override void MultiplyStored(in MatrixView x, byte* stored, nint rowBytes, StoredMatrix weights, int row, int rows, float* sums,
        nint stride, float* scratch)
        => StoredRowProduct<S, V>.Multiply(x, stored, rowBytes, weights, row, rows, sums, stride, scratch);
}
