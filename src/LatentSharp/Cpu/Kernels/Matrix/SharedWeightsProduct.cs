using LatentSharp.Cpu.Simd;

namespace LatentSharp.Cpu.Kernels.Matrix;

/// <summary>
/// A product of many rows: units are blocks of rows of X, which their worker packs for itself, a block of depth at a time; the weights are
/// packed by everybody into two buffers that are used in turns, a block of columns and at most <see cref="WeightPacker.MostDepth"/> values
/// deep. Weights that come packed are used where they are.
/// </summary>
internal sealed unsafe class SharedWeightsProduct : MatrixProduct
{
    /// <summary>
    /// Rows of a unit. Each value of the packed weights that passes by is used for so many multiply-adds: at 256 G of them a second a core,
    /// 96 rows ask for 11 GB/s, which a third-level cache gives and most memories too.
    /// </summary>
    private const int RowBlock = 96;

    /// <summary>
    /// The most columns of a unit: its sums, 96 x 1536 x 4 bytes, take 590 kB of a second-level cache of 1 MB; packing the rows of X for
    /// it costs a 1536th of the product for each value. Smaller caches take fewer, in steps of 128, so that sums stay in them.
    /// </summary>
    private const int MostColumns = 1536, FewestColumns = 384;

    // The part of a second-level cache that sums may take; packed rows and a panel of weights take 130 kB beside them.
    private const double SumShare = 0.6;

    // Panels of weights that are packed by one unit.
    private const int PackPanels = 4;

    private readonly PackedWeights layout;
    private readonly WeightPacker? packer;
    private readonly UnitOrder order;
    private readonly int columnBlock, slices, sliceDepth, rowBlocks;

    public SharedWeightsProduct(MatrixKernels kernels, PanelKernels panels, ProductShape shape, StoredMatrix? weights)
        : base(kernels, panels, shape)
    {
        int fitting = (int)(SumShare * CacheSizes.SecondLevel / (RowBlock * sizeof(float)));
        int columns = Math.Clamp(fitting / 128 * 128, FewestColumns, MostColumns);
        layout = new PackedWeights(shape.N, shape.K, panels);
        packer = weights is null ? null : new WeightPacker(panels, weights);
        int blocks = (layout.Panels * panels.Width + columns - 1) / columns;
        columnBlock = (layout.Panels + blocks - 1) / blocks * panels.Width;
        sliceDepth = weights is null ? shape.K : Math.Min(shape.K, WeightPacker.MostDepth);
        slices = (shape.K + sliceDepth - 1) / sliceDepth;
        rowBlocks = (shape.M + RowBlock - 1) / RowBlock;
        int packs = weights is null ? 0 : (BlockPanels + PackPanels - 1) / PackPanels;
        order = new UnitOrder(blocks * slices, Math.Min(2, blocks * slices), packs, rowBlocks, Chained: slices > 1);
    }

    public override int Units => order.Units;

    private int BlockPanels => columnBlock / Arithmetic.Width;

    private int SumStride => columnBlock + 16;

    private long SumBytes => Align((long)Arithmetic.PadRows(RowBlock) * SumStride * sizeof(float));

    private long BufferBytes => packer is null ? 0 : Align(new PackedWeights(columnBlock, sliceDepth, Arithmetic).Bytes);

    public override long SharedBytes => (BufferBytes * order.Buffers) + (slices > 1 ? SumBytes * rowBlocks : 0);

    private long RowBytes => Align(RowBlock * Arithmetic.RowBytes);

    private static long PairBytes => Align(2 * RowBlock * sizeof(float));

    public override long PrivateBytes
        => Math.Max(RowBytes + PairBytes + Align(Arithmetic.Scratch) + (slices > 1 ? 0 : SumBytes),
            packer is null ? 0 : Align(packer.PrivateBytes));

    public override Action<int, nint> Begin(ProductCall call, nint shared)
    {
        var progress = new UnitProgress(order);
        return (unit, scratch) => progress.Run(unit,
            (stage, part) => Pack(stage, part, (byte*)Buffer(shared, stage), scratch),
            (stage, block) => Multiply(call, stage, block, shared, scratch));
    }

    private nint Buffer(nint shared, int stage) => shared + (nint)(stage % order.Buffers * BufferBytes);

    // The panels of a stage that exist.
    private int Present(int stage) => Math.Min(BlockPanels, layout.Panels - stage / slices * BlockPanels);

    private int Depth(int stage) => Math.Min(sliceDepth, Shape.K - stage % slices * sliceDepth);

    private void Pack(int stage, int part, byte* buffer, nint scratch)
    {
        int present = Present(stage), depth = Depth(stage), last = Math.Min(present, (part + 1) * PackPanels);
        var chunk = new PackedWeights(present * Arithmetic.Width, depth, Arithmetic);
        for (int panel = part * PackPanels; panel < last; panel++)
        {
            int within = panel;
            packer!.Pack(stage / slices * BlockPanels + panel, stage % slices * sliceDepth, depth, scratch,
                block => chunk.Offset(block, within), buffer);
        }
    }

    private void Multiply(ProductCall call, int stage, int rowBlock, nint shared, nint scratch)
    {
        int firstPanel = stage / slices * BlockPanels, slice = stage % slices, present = Present(stage), depth = Depth(stage);
        int row = rowBlock * RowBlock, rows = Math.Min(RowBlock, Shape.M - row), column = firstPanel * Arithmetic.Width;
        byte* packedRows = (byte*)scratch, packScratch = packedRows + RowBytes + PairBytes;
        float* pairs = (float*)(packedRows + RowBytes);
        float* sums = (float*)(slices > 1 ? shared + (nint)((BufferBytes * order.Buffers) + (SumBytes * rowBlock))
            : (nint)(packScratch + Align(Arithmetic.Scratch)));
        PackedWeights used = packer is null ? layout : new PackedWeights(present * Arithmetic.Width, depth, Arithmetic);
        byte* weights = (byte*)(packer is null ? call.Packed : Buffer(shared, stage));
        int skipped = packer is null ? firstPanel : 0;
        if (call.Prologue.Norm != RowNorm.None) Kernels.Statistics(call.Prologue, call.X, row, rows, pairs);
        for (int block = 0; block < used.DepthBlocks; block++)
        {
            int length = used.Depth(block);
            Arithmetic.PackRows(call.Prologue, pairs, call.X, row, rows, slice * sliceDepth + block * PackedWeights.DepthBlock, length,
                packedRows, packScratch);
            byte* next = block + 1 < used.DepthBlocks ? weights + used.Offset(block + 1, skipped) : null;
            Arithmetic.Multiply(packedRows, rows, weights + used.Offset(block, skipped), present, length, sums, SumStride,
                block > 0 || slice > 0, next);
        }
        if (slice == slices - 1)
            Kernels.MapSums(call.Epilogue, sums, SumStride, call.Y, row, rows, column, Math.Min(columnBlock, Shape.N - column));
    }
}
