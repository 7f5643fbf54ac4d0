namespace LatentSharp.Cpu.Kernels.Matrix;

/// <summary>
/// A product whose X stays in a cache: X is packed once, with its prologue, by everybody; then units are panels of weights, which their
/// worker packs for itself, a block of depth at a time.
/// </summary>
internal sealed unsafe class SharedRowsProduct : MatrixProduct
{
    private const int PackRows = 24;
    private const int RowStride = PackedWeights.DepthBlock + 16;

    private readonly PackedWeights layout;
    private readonly StoredMatrix? weights;
    private readonly UnitOrder order;

    public SharedRowsProduct(MatrixKernels kernels, ProductShape shape, StoredMatrix? weights) : base(kernels, shape)
    {
        this.weights = weights;
        layout = new PackedWeights(shape.N, shape.K, kernels.PanelWidth);
        order = new UnitOrder(1, 1, (shape.M + PackRows - 1) / PackRows, layout.Panels, Chained: false);
    }

    public override int Units => order.Units;

    private nint BlockFloats => (nint)Shape.M * RowStride;

    private long RowBytes => Align(BlockFloats * layout.DepthBlocks * sizeof(float));

    public override long SharedBytes => RowBytes + Align(2L * Shape.M * sizeof(float));

    private long SumBytes => Align((long)Kernels.PadRows(Shape.M) * Kernels.PanelWidth * sizeof(float));

    private long PanelBytes => Align(PackedWeights.DepthBlock * Kernels.PanelWidth * sizeof(float));

    private long BufferBytes => weights is null ? 0 : Align(Kernels.PanelWidth * weights.RowBytes);

    public override long PrivateBytes
        => SumBytes + (weights is null ? 0 : PanelBytes + Align(Kernels.PackScratch * sizeof(float)) + BufferBytes);

    public override Action<int, nint> Begin(ProductCall call, nint shared)
    {
        var progress = new UnitProgress(order);
        return (unit, scratch) => progress.Run(unit, (_, part) => Pack(call, shared, part),
            (_, panel) => Multiply(call, shared, panel, (byte*)scratch));
    }

    private void Pack(ProductCall call, nint shared, int part)
    {
        int first = part * PackRows, rows = Math.Min(PackRows, Shape.M - first);
        float* pairs = (float*)(shared + (nint)RowBytes) + 2 * first;
        if (call.Prologue.Norm != RowNorm.None) Kernels.Statistics(call.Prologue, call.X, first, rows, pairs);
        for (int block = 0; block < layout.DepthBlocks; block++)
            Kernels.MapRows(call.Prologue, pairs, call.X, first, rows, block * PackedWeights.DepthBlock, layout.Depth(block),
                (float*)shared + block * BlockFloats + (nint)first * RowStride, RowStride);
    }

    private void Multiply(ProductCall call, nint shared, int panel, byte* scratch)
    {
        int width = Kernels.PanelWidth, first = panel * width, count = Math.Min(width, Shape.N - first);
        float* sums = (float*)scratch, own = (float*)(scratch + SumBytes), widened = (float*)((byte*)own + PanelBytes);
        byte* buffer = (byte*)widened + Align(Kernels.PackScratch * sizeof(float));
        nint rowBytes = 0;
        ReadOnlySpan<byte> stored = call.Packed != 0 ? default
            : call.Weights!.Borrow(first, count, 0, Shape.K, new Span<byte>(buffer, (int)BufferBytes), out rowBytes);
        fixed (byte* bytes = stored)
        {
            for (int block = 0; block < layout.DepthBlocks; block++)
            {
                float* b = call.Packed == 0 ? own : (float*)call.Packed + layout.Offset(block, panel);
                if (call.Packed == 0)
                    Kernels.PackWeights(bytes + call.Weights!.BytesOf(block * PackedWeights.DepthBlock), rowBytes, call.Weights, first,
                        count, layout.Depth(block), own, widened);
                Kernels.Multiply((float*)shared + block * BlockFloats, RowStride, Shape.M, b, 1, layout.Depth(block), sums, width,
                    block > 0, null);
            }
        }
        Kernels.MapSums(call.Epilogue, sums, width, call.Y, 0, Shape.M, first, count);
    }
}
