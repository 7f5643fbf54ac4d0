namespace LatentSharp.Cpu.Kernels.Matrix;

/// <summary>
/// How weights [N, K] lie in memory for the kernels: blocks of <see cref="DepthBlock"/> columns of W (values that are summed up), each in
/// panels of some rows of W (columns of the result), which the kernels lay out. Rows that are missing in the last panel are zeros.
/// </summary>
/// <param name="N">Rows of W.</param>
/// <param name="K">Columns of W.</param>
/// <param name="Kernels">The kernels that read them.</param>
internal readonly record struct PackedWeights(int N, int K, PanelKernels Kernels)
{
    /// <summary>
    /// Columns of W in a block: with 32 rows of a panel of float32 32 kB, so that a panel and 12 rows of X of this length (12 kB) share a
    /// first-level cache of 48 kB while a tile of the result is summed up; a whole number of blocks of every quantised type.
    /// </summary>
    public const int DepthBlock = 256;

    /// <summary>The number of panels.</summary>
    public int Panels => (N + Kernels.Width - 1) / Kernels.Width;

    /// <summary>Bytes in all.</summary>
    public long Bytes => (long)Panels * ((long)(K / DepthBlock) * Kernels.PanelBytes(DepthBlock) + Kernels.PanelBytes(K % DepthBlock));

    /// <summary>The number of blocks of depth.</summary>
    public int DepthBlocks => (K + DepthBlock - 1) / DepthBlock;

    /// <summary>The values that are summed up in a block of depth.</summary>
    public int Depth(int block) => Math.Min(DepthBlock, K - block * DepthBlock);

    /// <summary>Bytes in front of a panel of a block of depth. The next panel of the same block follows it.</summary>
    public nint Offset(int block, int panel)
        => (nint)block * Panels * Kernels.PanelBytes(DepthBlock) + panel * Kernels.PanelBytes(Depth(block));
}
