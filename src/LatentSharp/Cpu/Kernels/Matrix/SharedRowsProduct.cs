namespace LatentSharp.Cpu.Kernels.Matrix;

/// <summary>
/// A product whose X stays in a cache: X is packed once, with its prologue, by everybody; then units are panels of weights, which their
/// worker packs for itself, a block of depth at a time.
/// </summary>
internal sealed unsafe class SharedRowsProduct : MatrixProduct
{
    private const int PackRows = 24;

    private readonly PackedWeights layout;
    private readonly StoredMatrix? weights;
    private readonly UnitOrder order;

    public SharedRowsProduct(MatrixKernels kernels, PanelKernels panels, ProductShape shape, StoredMatrix? weights)
        : base(kernels, panels, shape)
    {
        this.weights = weights;
        layout = new PackedWeights(shape.N, shape.K, panels);
        order = new UnitOrder(1, 1, (shape.M + PackRows - 1) / PackRows, layout.Panels, Chained: false);
    }

    public override int Units => order.Units;

    private nint BlockBytes => Shape.M * Arithmetic.RowBytes;

    private long RowBytes => Align(BlockBytes * layout.DepthBlocks);

    public override long SharedBytes => RowBytes + Align(2L * Shape.M * sizeof(float));

    private long SumBytes => Align((long)Arithmetic.PadRows(Shape.M) * Arithmetic.Width * sizeof(float));

    private long PanelBytes => Align(Arithmetic.PanelBytes(PackedWeights.DepthBlock));

    private long BufferBytes => weights is null ? 0 : Align(Arithmetic.Width * weights.RowBytes);

    public override long PrivateBytes
        => SumBytes + Align(Arithmetic.Scratch) + (weights is null ? 0 : PanelBytes + BufferBytes);

    public override Action<int, nint> Begin(ProductCall call, nint shared)
    {
        var progress = new UnitProgress(order);
        return (unit, scratch) => progress.Run(unit, (_, part) => Pack(call, shared, part, (byte*)scratch),
            (_, panel) => Multiply(call, shared, panel, (byte*)scratch));
    }

    private void Pack(ProductCall call, nint shared, int part, byte* scratch)
    {
        int first = part * PackRows, rows = Math.Min(PackRows, Shape.M - first);
        float* pairs = (float*)(shared + (nint)RowBytes) + 2 * first;
        if (call.Prologue.Norm != RowNorm.None) Kernels.Statistics(call.Prologue, call.X, first, rows, pairs);
        for (int block = 0; block < layout.DepthBlocks; block++)
            Arithmetic.PackRows(call.Prologue, pairs, call.X, first, rows, block * PackedWeights.DepthBlock, layout.Depth(block),
                (byte*)shared + block * BlockBytes + first * Arithmetic.RowBytes, scratch + SumBytes);
    }

    private void Multiply(ProductCall call, nint shared, int panel, byte* scratch)
    {
        int width = Arithmetic.Width, first = panel * width, count = Math.Min(width, Shape.N - first);
        float* sums = (float*)scratch;
        byte* packScratch = scratch + SumBytes, own = packScratch + Align(Arithmetic.Scratch), buffer = own + PanelBytes;
        nint rowBytes = 0;
        ReadOnlySpan<byte> stored = call.Packed != 0 ? default
            : call.Weights!.Borrow(first, count, 0, Shape.K, new Span<byte>(buffer, (int)BufferBytes), out rowBytes);
        fixed (byte* bytes = stored)
        {
            for (int block = 0; block < layout.DepthBlocks; block++)
            {
                byte* b = call.Packed == 0 ? own : (byte*)call.Packed + layout.Offset(block, panel);
                if (call.Packed == 0)
                    Arithmetic.PackWeights(bytes + call.Weights!.BytesOf(block * PackedWeights.DepthBlock), rowBytes, call.Weights, first,
                        count, layout.Depth(block), own, packScratch);
                Arithmetic.Multiply((byte*)shared + block * BlockBytes, Shape.M, b, 1, layout.Depth(block), sums, width,
                    block > 0, null);
            }
        }
        Kernels.MapSums(call.Epilogue, sums, width, call.Y, 0, Shape.M, first, count);
    }
}
