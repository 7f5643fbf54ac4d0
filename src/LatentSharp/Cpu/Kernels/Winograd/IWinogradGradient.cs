namespace LatentSharp.Cpu.Kernels.Winograd;

/// <summary>
/// The transposes of two of the transforms of <see cref="IWinogradTile{V}"/>: the gradient of a filter is
/// G^T (sum over tiles of (B^T d B) (A dy A^T)) G, with the products of one position of all tiles and channels a product of matrices.
/// </summary>
internal unsafe interface IWinogradGradient<V> : IWinogradTile<V> where V : unmanaged
{
    /// <summary>The product of A with <see cref="IWinogradTile{V}.Side"/> registers of the gradient of the result.</summary>
    static abstract void Spread(float* source, nint stride, float* result, nint resultStride);

    /// <summary>The product of G^T with <see cref="IWinogradTile{V}.Filters"/> registers of sums: three taps.</summary>
    static abstract void Gather(float* source, nint stride, float* result, nint resultStride);
}
