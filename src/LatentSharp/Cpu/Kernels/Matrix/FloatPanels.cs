using LatentSharp.Cpu.Simd;

namespace LatentSharp.Cpu.Kernels.Matrix;

/// <summary>Products of float32 values.</summary>
internal sealed unsafe class FloatPanels<S, V>() : PanelKernels(Gemm<S, V>.PanelWidth) where S : ISimd<V> where V : unmanaged
{
    // Rows lie a line further apart than their length, so that they do not compete for the same sets of the cache.
    private const int RowStride = PackedWeights.DepthBlock + 16;

    public override int PadRows(int rows) => Gemm<S, V>.PadRows(rows);

    public override nint PanelBytes(int depth) => (nint)depth * Width * sizeof(float);

    public override nint RowBytes => RowStride * sizeof(float);

    public override nint Scratch => WeightPacking<S, V>.Scratch * sizeof(float);

    public override void PackWeights(byte* stored, nint rowBytes, StoredMatrix weights, int row, int rows, int depth, byte* panel,
        byte* scratch)
        => WeightPacking<S, V>.Pack(stored, rowBytes, weights, row, rows, depth, (float*)panel, (float*)scratch);

    public override void PackRows(in RowMap map, float* pairs, in MatrixView x, int first, int rows, int column, int columns,
        byte* target, byte* scratch)
        => RowMapping<S, V>.Apply(map, pairs, x, first, rows, column, columns, (float*)target, RowStride);

    public override void Multiply(byte* a, int rows, byte* b, int panels, int depth, float* c, nint ldc, bool accumulate, byte* after)
        => Gemm<S, V>.Multiply((float*)a, RowStride, rows, (float*)b, panels, depth, c, ldc, accumulate, (float*)after);
}
