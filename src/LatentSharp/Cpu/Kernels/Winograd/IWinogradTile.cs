namespace LatentSharp.Cpu.Kernels.Winograd;

/// <summary>
/// One size of Winograd's minimal filtering (Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2015) for 3x3 kernels:
/// the three one-dimensional transforms, which are applied along both sides of a tile.
/// </summary>
internal unsafe interface IWinogradTile<V> where V : unmanaged
{
    /// <summary>Result pixels on a side.</summary>
    static abstract int Side { get; }

    /// <summary>Pixels on a side of a patch of the input, and values on a side of a transformed tile.</summary>
    static abstract int Patch { get; }

    /// <summary>Pixels of the input from one patch to the next.</summary>
    static abstract int Step { get; }

    /// <summary>Values on a side of a transformed filter.</summary>
    static abstract int Filters { get; }

    /// <summary>Which of them a value of a transformed tile meets.</summary>
    static abstract int FilterOf(int value);

    /// <summary>Three taps become <see cref="Filters"/> values, one every <paramref name="stride"/> registers.</summary>
    static abstract void Filter(V g0, V g1, V g2, V* result, int stride);

    /// <summary>
    /// The product of B^T with <see cref="Patch"/> registers of the input. On an enlarged picture rows come in equal pairs after the
    /// first, (a, b, b, c, c, ...): then value 2, the point -1, is zero and is not written.
    /// </summary>
    static abstract void Input(float* source, nint stride, float* result, nint resultStride, bool enlarged);

    /// <summary>
    /// The product of A^T with <see cref="Patch"/> registers of products: <see cref="Side"/> results. Value 2 is not read when
    /// <paramref name="enlarged"/>.
    /// </summary>
    static abstract void Output(float* source, nint stride, float* result, nint resultStride, bool enlarged);
}
