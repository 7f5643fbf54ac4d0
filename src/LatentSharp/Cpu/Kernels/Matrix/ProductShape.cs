namespace LatentSharp.Cpu.Kernels.Matrix;

/// <summary>Y [M, N] = X [M, K] times the transpose of W [N, K], as checkpoints store the weights of a linear layer.</summary>
/// <param name="M">Rows of X and Y: tokens.</param>
/// <param name="N">Rows of W, columns of Y: features that come out.</param>
/// <param name="K">Columns of X and W: features that go in.</param>
internal readonly record struct ProductShape(int M, int N, int K)
{
    /// <summary>Multiply-adds.</summary>
    public long MultiplyAdds => (long)M * N * K;
}
