using LatentSharp.Cpu.Kernels.Matrix;
using LatentSharp.Cpu.Simd;
using LatentSharp.Tensors;

namespace LatentSharp.Cpu.Kernels.Int8;

/// <summary>
/// Products of codes of eight bits. A panel of weights: for each block of values that share a scale a head, what the sums of its columns
/// start at and the scales of its columns; then all codes, four values of a column beside each other, column after column.
/// </summary>
internal abstract unsafe class BytePanels() : PanelKernels(IByteTile.Width)
{
    /// <summary>Values of a row that share a scale, of X and of W.</summary>
    public const int Block = 128;

    /// <summary>Those of Q8_0, whose codes and scales are taken as they are.</summary>
    public const int StoredBlock = 32;

    /// <summary>Bytes of a head.</summary>
    public const int HeadBytes = 2 * IByteTile.Width * sizeof(float);

    /// <summary>Blocks of a depth.</summary>
    public static int Blocks(int depth, int block) => (depth + block - 1) / block;

    /// <summary>Packs one block of depth of one panel of float32 values.</summary>
    /// <param name="values">The first value.</param>
    /// <param name="stride">Floats from one row to the next.</param>
    /// <param name="rows">Rows that exist, at most <see cref="PanelKernels.Width"/>; the others become zeros.</param>
    /// <param name="depth">Values of each row, at most <see cref="PackedWeights.DepthBlock"/>.</param>
    /// <param name="scale">What products are multiplied by.</param>
    /// <param name="forStored">Whether it will meet rows of <see cref="StoreRow"/> instead of packed ones.</param>
    /// <param name="panel"><see cref="PanelKernels.PanelBytes"/>.</param>
    /// <param name="scratch"><see cref="PanelKernels.Scratch"/> bytes.</param>
    public abstract void PackFloats(float* values, nint stride, int rows, int depth, float scale, bool forStored, byte* panel,
        byte* scratch);

    /// <summary>Stores a row of codes from 0 to 255.</summary>
    /// <param name="codes">The codes less 128, a whole block of depth.</param>
    /// <param name="scales">The scale of each block of values.</param>
    /// <param name="target"><see cref="PanelKernels.RowBytes"/>.</param>
    public abstract void StoreRow(sbyte* codes, float* scales, byte* target);
}

/// <summary>
/// Rows of X are quantised while they are packed, weights from whatever they are stored in; both with a scale for each
/// <paramref name="block"/> of values.
/// </summary>
/// <param name="block">Values that share a scale, a divisor of <see cref="PackedWeights.DepthBlock"/>.</param>
internal sealed unsafe class BytePanels<S, V, T>(int block) : BytePanels
    where S : ISimd<V> where V : unmanaged where T : IByteTile
{
    private const int Depth = PackedWeights.DepthBlock;

    // Rows that are mapped before they are quantised: few enough to stay in a first-level cache.
    private const int MapRows = 8;

    // Rows of codes that are turned lie a line further apart than their length.
    private const int CodeStride = Depth + 64;

    private readonly int mostBlocks = Blocks(Depth, block);

    public override string? Name => T.Name;

    public override int PadRows(int rows) => (rows + IByteTile.Rows - 1) / IByteTile.Rows * IByteTile.Rows;

    public override nint PanelBytes(int depth) => Blocks(depth, block) * HeadBytes + (nint)Padded(depth) * Width;

    // An odd number of lines, so that rows lie in different sets of a cache.
    public override nint RowBytes { get; } = (Depth * T.CodeBytes + Blocks(Depth, block) * sizeof(float) + 63) / 64 * 64 | 64;

    // Floats of some rows; codes of all rows of a panel; scales of a row.
    public override nint Scratch => MapRows * Depth * sizeof(float) + Width * CodeStride + mostBlocks * sizeof(float);

    public override void PackWeights(byte* stored, nint rowBytes, StoredMatrix weights, int row, int rows, int depth, byte* panel,
        byte* scratch)
    {
        float* values = (float*)scratch;
        sbyte* codes = (sbyte*)(values + MapRows * Depth);
        float* scales = (float*)(codes + Width * CodeStride), heads = (float*)panel;
        int blocks = Blocks(depth, block), padded = Padded(depth);
        for (int i = 0; i < Width; i++)
        {
            sbyte* own = codes + i * CodeStride;
            new Span<sbyte>(own + depth, padded - depth).Clear();
            if (i >= rows)
            {
                new Span<sbyte>(own, depth).Clear();
                new Span<float>(scales, blocks).Clear();
            }
            else if (weights.Type == ElementType.Q8_0) Take(stored + i * rowBytes, depth, weights.Scale(row + i), own, scales);
            else
            {
                WeightPacking<S, V>.Widen(weights.Type, stored + i * rowBytes, new Span<float>(values, depth));
                RowQuantisation<S, V>.Quantise(values, depth, block, own, scales);
                if (!weights.IsUnscaled)
                    for (int b = 0; b < blocks; b++) scales[b] *= weights.Scale(row + i);
            }
            Head(own, padded, T.Offset, scales, heads + i);
        }
        Turn(codes, padded / 4, (float*)(panel + blocks * HeadBytes));
    }

    public override void PackFloats(float* values, nint stride, int rows, int depth, float scale, bool forStored, byte* panel,
        byte* scratch)
    {
        sbyte* codes = (sbyte*)((float*)scratch + MapRows * Depth);
        float* scales = (float*)(codes + Width * CodeStride), heads = (float*)panel;
        int blocks = Blocks(depth, block), padded = Padded(depth);
        new Span<sbyte>(codes, Width * CodeStride).Clear();
        for (int i = 0; i < Width; i++)
        {
            if (i < rows) RowQuantisation<S, V>.Quantise(values + i * stride, depth, block, codes + i * CodeStride, scales);
            for (int b = 0; b < blocks; b++) scales[b] = i < rows ? scales[b] * scale : 0;
            Head(codes + i * CodeStride, padded, forStored ? T.Offset - 128 : T.Offset, scales, heads + i);
        }
        Turn(codes, padded / 4, (float*)(panel + blocks * HeadBytes));
    }

    public override void StoreRow(sbyte* codes, float* scales, byte* target)
    {
        T.StoreRow(codes, target);
        for (int b = 0; b < mostBlocks; b++) ((float*)(target + Depth * T.CodeBytes))[b] = scales[b];
    }

    public override void PackRows(in RowMap map, float* pairs, in MatrixView x, int first, int rows, int column, int columns,
        byte* target, byte* scratch)
    {
        float* values = (float*)scratch;
        sbyte* codes = (sbyte*)(values + MapRows * Depth);
        new Span<sbyte>(codes + columns, Depth - columns).Clear();
        for (int i = 0; i < rows; i++, target += RowBytes)
        {
            if (!map.IsNone && i % MapRows == 0)
                RowMapping<S, V>.Apply(map, pairs + 2 * i, x, first + i, Math.Min(MapRows, rows - i), column, columns, values, Depth);
            float* row = map.IsNone ? x.Row(first + i) + column : values + i % MapRows * Depth;
            RowQuantisation<S, V>.Quantise(row, columns, block, codes, (float*)(target + Depth * T.CodeBytes));
            T.StoreRow(codes, target);
        }
    }

    public override void Multiply(byte* a, int rows, byte* b, int panels, int depth, float* c, nint ldc, bool accumulate, byte* after)
    {
        nint panelBytes = PanelBytes(depth);
        // While the rows meet a panel, each tile asks for a part of the next.
        nint share = (panelBytes + rows - 1) / rows * IByteTile.Rows;
        depth = Padded(depth);
        for (int panel = 0; panel < panels; panel++, b += panelBytes, c += Width)
        {
            byte* ahead = panel + 1 < panels ? b + panelBytes : after is null ? b : after;
            for (int row = 0; row < rows; row += IByteTile.Rows, ahead += share)
            {
                for (nint line = 0; line < share; line += 64) S.Prefetch((float*)(ahead + line));
                float* sums = c + row * ldc;
                if (!accumulate)
                    for (int i = 0; i < IByteTile.Rows; i++)
                        for (int column = 0; column < Width; column += S.Lanes) S.Store(sums + i * ldc + column, S.Zero);
                T.Multiply(a + row * RowBytes, RowBytes, Math.Min(IByteTile.Rows, rows - row) - 1, b, depth, block, sums, ldc);
            }
        }
    }

    private static int Padded(int depth) => (depth + 3) / 4 * 4;

    // Where the sums of a column start, lower by what its codes add where rows are stored that much higher; and its scales.
    private void Head(sbyte* codes, int depth, int offset, float* scales, float* heads)
    {
        for (int at = 0; at < depth; at += block, heads += 2 * Width)
        {
            int sum = offset == 0 ? 0 : RowQuantisation<S, V>.Sum(codes + at, Math.Min(block, depth - at));
            heads[0] = IByteTile.Base - offset * sum;
            heads[Width] = *scales++;
        }
    }

    // Blocks of Q8_0: a scale as binary16, then the codes.
    private static void Take(byte* stored, int depth, float scale, sbyte* codes, float* scales)
    {
        for (int at = 0; at < depth; at += StoredBlock, stored += sizeof(Half) + StoredBlock)
        {
            *scales++ = (float)*(Half*)stored * scale;
            new Span<byte>(stored + sizeof(Half), StoredBlock).CopyTo(new Span<byte>(codes + at, StoredBlock));
        }
    }

    // Fours of codes are moved as if they were floats.
    private static void Turn(sbyte* codes, int fours, float* target)
    {
        const int Stride = CodeStride / sizeof(float);
        float* source = (float*)codes;
        int whole = fours - fours % S.Lanes;
        for (int k = 0; k < whole; k += S.Lanes)
            for (int i = 0; i < IByteTile.Width; i += S.Lanes)
                S.Transpose(source + i * Stride + k, Stride, target + k * IByteTile.Width + i, IByteTile.Width);
        for (int k = whole; k < fours; k++)
            for (int i = 0; i < IByteTile.Width; i++) ((int*)target)[k * IByteTile.Width + i] = ((int*)source)[i * Stride + k];
    }
}
