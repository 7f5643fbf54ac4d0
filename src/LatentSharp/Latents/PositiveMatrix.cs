namespace LatentSharp.Latents;

/// <summary>
/// A symmetric positive definite matrix, given by its lower triangle row by row, ready for squared Mahalanobis distances.
/// </summary>
internal sealed class PositiveMatrix
{
    private readonly int size;
    private readonly double[] inverse;      // of the Cholesky factor, lower triangle

    /// <exception cref="ArgumentException">There are not size * (size + 1) / 2 values, or the matrix is not positive definite.</exception>
    public PositiveMatrix(IReadOnlyList<double> lowerTriangle, int size)
    {
        if (lowerTriangle.Count != size * (size + 1) / 2)
            throw new ArgumentException(
                $"{size} channels have a lower triangle of {size * (size + 1) / 2} values, not {lowerTriangle.Count}", nameof(lowerTriangle));
        this.size = size;
        double[] factor = Cholesky([.. lowerTriangle], size);
        for (int i = 0; i < size; i++) LogDeterminant += 2 * Math.Log(factor[At(i, i)]);
        inverse = Invert(factor, size);
    }

    /// <summary>The logarithm of the determinant.</summary>
    public double LogDeterminant { get; }

    /// <summary>Where an element of the lower triangle lies.</summary>
    public static int At(int row, int column) => row * (row + 1) / 2 + column;

    /// <summary>d' M^-1 d.</summary>
    public double Distance(ReadOnlySpan<double> d)
    {
        double distance = 0;
        for (int i = 0; i < size; i++)
        {
            double whitened = 0;
            for (int j = 0; j <= i; j++) whitened += inverse[At(i, j)] * d[j];
            distance += whitened * whitened;
        }
        return distance;
    }

    private static double[] Cholesky(double[] matrix, int n)
    {
        for (int i = 0; i < n; i++)
            for (int j = 0; j <= i; j++)
            {
                double sum = matrix[At(i, j)];
                for (int k = 0; k < j; k++) sum -= matrix[At(i, k)] * matrix[At(j, k)];
                if (i == j && !(sum > 0)) throw new ArgumentException("the matrix is not positive definite", nameof(matrix));
                matrix[At(i, j)] = i == j ? Math.Sqrt(sum) : sum / matrix[At(j, j)];
            }
        return matrix;
    }

    private static double[] Invert(double[] factor, int n)
    {
        var result = new double[factor.Length];
        for (int i = 0; i < n; i++)
        {
            result[At(i, i)] = 1 / factor[At(i, i)];
            for (int j = 0; j < i; j++)
            {
                double sum = 0;
                for (int k = j; k < i; k++) sum += factor[At(i, k)] * result[At(k, j)];
                result[At(i, j)] = -sum / factor[At(i, i)];
            }
        }
        return result;
    }
}
