namespace LatentSharp.Cpu.Kernels.Matrix;

/// <summary>A product of at most a few rows: units are rows of weights, which are read as they are stored.</summary>
internal sealed unsafe class FewRowsProduct : MatrixProduct
{
    // Bytes of weights that a unit reads at a time: half of a second-level cache of 512 kB.
    private const int MostBytes = 256 << 10;

    private readonly StoredMatrix weights;
    private readonly int rows;

    public FewRowsProduct(MatrixKernels kernels, PanelKernels panels, ProductShape shape, StoredMatrix weights)
        : base(kernels, panels, shape)
    {
        this.weights = weights;
        rows = (int)Math.Clamp(MostBytes / weights.RowBytes / 4 * 4, 4, 256);
    }

    public override int Units => (Shape.N + rows - 1) / rows;

    public override long SharedBytes => 0;

    private long SumBytes => Align((long)Shape.M * rows * sizeof(float));

    private long BufferBytes => Align((long)rows * weights.RowBytes);

    public override long PrivateBytes => SumBytes + BufferBytes + Align(Kernels.StoredRowScratch(weights.Type, Shape.K) * sizeof(float));

    public override Action<int, nint> Begin(ProductCall call, nint shared)
    {
        if (!call.Prologue.IsNone) throw new ArgumentException("few rows are transformed before the product, not within it", nameof(call));
        return (unit, scratch) =>
        {
            int first = unit * rows, count = Math.Min(rows, Shape.N - first);
            float* sums = (float*)scratch;
            byte* buffer = (byte*)scratch + SumBytes;
            ReadOnlySpan<byte> stored = call.Weights!.Borrow(first, count, 0, Shape.K, new Span<byte>(buffer, (int)BufferBytes),
                out nint rowBytes);
            fixed (byte* bytes = stored)
            {
                Kernels.MultiplyStored(call.X, bytes, rowBytes, call.Weights, first, count, sums, rows, (float*)(buffer + BufferBytes));
            }
            Kernels.MapSums(call.Epilogue, sums, rows, call.Y, 0, Shape.M, first, count);
        };
    }
}
