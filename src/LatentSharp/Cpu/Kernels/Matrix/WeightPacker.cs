namespace LatentSharp.Cpu.Kernels.Matrix;

/// <summary>Packs stored weights, all of them (to be kept for several products) or a part of rows and depth.</summary>
/// <param name="kernels">The kernels.</param>
/// <param name="weights">The weights.</param>
internal sealed unsafe class WeightPacker(PanelKernels kernels, StoredMatrix weights)
{
    /// <summary>
    /// Values of a row that are read at a time: few enough for 32 rows of float32 to fit a second-level cache of 512 kB, many enough to be
    /// worth a read each.
    /// </summary>
    public const int MostDepth = 3072;

    /// <summary>How the whole of the weights is laid out; <see cref="PackedWeights.Bytes"/> is what it takes.</summary>
    public PackedWeights Layout { get; } = new(weights.Rows, weights.Columns, kernels);

    /// <summary>Bytes that each worker needs.</summary>
    public long PrivateBytes => ScratchBytes + kernels.Width * weights.BytesOf(Math.Min(MostDepth, weights.Columns)) + 64;

    private long ScratchBytes => (kernels.Scratch + 63) / 64 * 64;

    /// <summary>Packs one panel of the whole, 0 to <see cref="PackedWeights.Panels"/> - 1.</summary>
    public void Pack(int panel, byte* packed, nint scratch)
    {
        for (int depth = 0; depth < weights.Columns; depth += MostDepth)
        {
            int first = depth / PackedWeights.DepthBlock;
            Pack(panel, depth, Math.Min(MostDepth, weights.Columns - depth), scratch, block => Layout.Offset(first + block, panel), packed);
        }
    }

    /// <summary>Packs a panel of a part of the depth.</summary>
    /// <param name="panel">The panel, counted in the whole.</param>
    /// <param name="column">The first value of the rows, a multiple of <see cref="PackedWeights.DepthBlock"/>.</param>
    /// <param name="depth">Values, at most <see cref="MostDepth"/>.</param>
    /// <param name="scratch"><see cref="PrivateBytes"/>.</param>
    /// <param name="offset">Where block 0, 1, ... of the part goes, in bytes.</param>
    /// <param name="packed">Relative to what.</param>
    public void Pack(int panel, int column, int depth, nint scratch, Func<int, nint> offset, byte* packed)
    {
        int width = kernels.Width, row = panel * width, rows = Math.Min(width, weights.Rows - row);
        var buffer = new Span<byte>((byte*)scratch + ScratchBytes, checked((int)(width * weights.BytesOf(depth))));
        ReadOnlySpan<byte> stored = weights.Borrow(row, rows, column, depth, buffer, out nint rowBytes);
        fixed (byte* bytes = stored)
        {
            for (int at = 0, block = 0; at < depth; at += PackedWeights.DepthBlock, block++)
                kernels.PackWeights(bytes + weights.BytesOf(at), rowBytes, weights, row, rows,
                    Math.Min(PackedWeights.DepthBlock, depth - at), packed + offset(block), (byte*)scratch);
        }
    }
}
