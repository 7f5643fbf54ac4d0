namespace LatentSharp.Cpu.Kernels.Matrix;

/// <summary>
/// A product whose X stays in a third-level cache: X is packed once, with its prologue, by everybody; then units are a few panels of
/// weights, which their worker packs for itself, a block of depth at a time. Some rows of X at a time meet all panels of the unit, so that
/// they come from the third level once for all of them.
/// </summary>
internal sealed unsafe class SharedRowsProduct : MatrixProduct
{
    private const int PackRows = 24;

    // Rows that stay in a second-level cache, with all panels of a unit, while they meet them.
    private const int NearRows = 96;

    // Columns of a unit: with panels of 16 columns (256 bits) each value of X would be used for 16 multiply-adds only where it comes from
    // the third level. With 32 columns (512 bits) two panels a unit gained nothing.
    private const int UnitColumns = 64, WidePanel = 32, FewestUnits = 64;

    private readonly PackedWeights layout;
    private readonly StoredMatrix? weights;
    private readonly UnitOrder order;
    private readonly int unitPanels;

    public SharedRowsProduct(MatrixKernels kernels, PanelKernels panels, ProductShape shape, StoredMatrix? weights)
        : base(kernels, panels, shape)
    {
        this.weights = weights;
        layout = new PackedWeights(shape.N, shape.K, panels);
        bool near = shape.M <= NearRows;
        unitPanels = near || panels.Width >= WidePanel ? 1 : Math.Clamp(layout.Panels / FewestUnits, 1, UnitColumns / panels.Width);
        order = new UnitOrder(1, 1, (shape.M + PackRows - 1) / PackRows, (layout.Panels + unitPanels - 1) / unitPanels, Chained: false);
    }

    public override int Units => order.Units;

    private nint BlockBytes => Shape.M * Arithmetic.RowBytes;

    private long RowBytes => Align(BlockBytes * layout.DepthBlocks);

    public override long SharedBytes => RowBytes + Align(2L * Shape.M * sizeof(float));

    private long SumBytes => Align((long)Arithmetic.PadRows(Shape.M) * Columns * sizeof(float));

    // Columns of a unit.
    private int Columns => unitPanels * Arithmetic.Width;

    private long PanelBytes => Align(unitPanels * Arithmetic.PanelBytes(PackedWeights.DepthBlock));

    private long BufferBytes => weights is null ? 0 : Align(Columns * weights.RowBytes);

    public override long PrivateBytes
        => SumBytes + Align(Arithmetic.Scratch) + (weights is null ? 0 : PanelBytes + BufferBytes);

    public override Action<int, nint> Begin(ProductCall call, nint shared)
    {
        var progress = new UnitProgress(order);
        return (unit, scratch) => progress.Run(unit, (_, part) => Pack(call, shared, part, (byte*)scratch),
            (_, part) => Multiply(call, shared, part * unitPanels, (byte*)scratch));
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
        int panels = Math.Min(unitPanels, layout.Panels - panel), width = Arithmetic.Width, columns = panels * width;
        int first = panel * width, count = Math.Min(columns, Shape.N - first);
        float* sums = (float*)scratch;
        byte* packScratch = scratch + SumBytes, own = packScratch + Align(Arithmetic.Scratch), buffer = own + PanelBytes;
        nint rowBytes = 0;
        ReadOnlySpan<byte> stored = call.Packed != 0 ? default
            : call.Weights!.Borrow(first, count, 0, Shape.K, new Span<byte>(buffer, (int)BufferBytes), out rowBytes);
        fixed (byte* bytes = stored)
        {
            for (int block = 0; block < layout.DepthBlocks; block++)
            {
                int depth = layout.Depth(block);
                byte* b = call.Packed == 0 ? own : (byte*)call.Packed + layout.Offset(block, panel);
                for (int i = 0; call.Packed == 0 && i < panels; i++)
                    Arithmetic.PackWeights(bytes + i * width * rowBytes + call.Weights!.BytesOf(block * PackedWeights.DepthBlock), rowBytes,
                        call.Weights, first + i * width, Math.Min(width, count - i * width), depth, own + i * Arithmetic.PanelBytes(depth),
                        packScratch);
                // Packed weights come from memory, a block of depth far from the next.
                byte* next = call.Packed == 0 || block + 1 == layout.DepthBlocks ? null
                    : (byte*)call.Packed + layout.Offset(block + 1, panel);
                byte* rows = (byte*)shared + block * BlockBytes;
                for (int row = 0; row < Shape.M; row += NearRows)
                    Arithmetic.Multiply(rows + row * Arithmetic.RowBytes, Math.Min(NearRows, Shape.M - row), b, panels, depth,
                        sums + row * columns, columns, block > 0, row + NearRows >= Shape.M ? next : null);
            }
        }
        Kernels.MapSums(call.Epilogue, sums, columns, call.Y, 0, Shape.M, first, count);
    }
}
