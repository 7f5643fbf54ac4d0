namespace LatentSharp.Cpu.Kernels.Matrix;

/// <summary>
/// A product of transformer shape, planned: how it is cut into units of work and what memory it needs. Values are summed up in the order of
/// K one after the other whatever the cut, except for few rows, so that neither threads nor blocks change a bit of the result.
/// </summary>
internal abstract class MatrixProduct(MatrixKernels kernels, PanelKernels panels, ProductShape shape)
{
    /// <summary>
    /// The most rows that are multiplied with weights as they are stored. Up to here reading the weights takes longer than computing with
    /// them.
    /// </summary>
    public const int FewRows = 8;

    // Packed rows of X up to this size stay in a third-level cache beside the weights that pass through.
    private const long SharedRowBytes = 8 << 20;

    /// <summary>The kernels.</summary>
    protected MatrixKernels Kernels { get; } = kernels;

    /// <summary>The arithmetic.</summary>
    protected PanelKernels Arithmetic { get; } = panels;

    /// <summary>The sizes.</summary>
    public ProductShape Shape { get; } = shape;

    /// <summary>Units of work. They have to be begun in order.</summary>
    public abstract int Units { get; }

    /// <summary>Bytes that all workers share.</summary>
    public abstract long SharedBytes { get; }

    /// <summary>Bytes that each worker needs.</summary>
    public abstract long PrivateBytes { get; }

    /// <summary>
    /// Chooses the cut. Few rows: weights are used as they are stored, by units of rows of W. X small enough for a cache: X is packed once,
    /// units of rows of W pack their own weights. Otherwise units are rows of X, and the weights are packed for all of them, a part at a
    /// time.
    /// </summary>
    /// <param name="kernels">The kernels.</param>
    /// <param name="panels">The arithmetic of many rows; few rows are multiplied in float32.</param>
    /// <param name="shape">The sizes.</param>
    /// <param name="weights">The weights as stored; null when they come packed.</param>
    public static MatrixProduct Choose(MatrixKernels kernels, PanelKernels panels, ProductShape shape, StoredMatrix? weights)
    {
        if (weights is not null && shape.M <= FewRows) return new FewRowsProduct(kernels, panels, shape, weights);
        if ((long)shape.M * shape.K * sizeof(float) <= SharedRowBytes) return new SharedRowsProduct(kernels, panels, shape, weights);
        return new SharedWeightsProduct(kernels, panels, shape, weights);
    }

    /// <summary>Prepares a run.</summary>
    /// <param name="call">The operands.</param>
    /// <param name="shared"><see cref="SharedBytes"/> bytes at a multiple of 64.</param>
    /// <returns>What a worker does: called with a unit and the worker's own <see cref="PrivateBytes"/>, at a multiple of 64.</returns>
    public abstract Action<int, nint> Begin(ProductCall call, nint shared);

    /// <summary>Rounded up to whole lines of a cache.</summary>
    protected static long Align(long bytes) => (bytes + 63) / 64 * 64;
}
