namespace LatentSharp.Quality.Metrics;

/// <summary>Eigenvalues of small symmetric matrices by cyclic Jacobi rotations, and functions of such matrices.</summary>
internal static class SymmetricEigen
{
    /// <summary>The eigenvalues of a symmetric matrix [n, n], descending.</summary>
    public static double[] Values(double[,] matrix)
    {
        double[,] m = (double[,])matrix.Clone();
        Diagonalise(m, null);
        double[] values = [.. Enumerable.Range(0, m.GetLength(0)).Select(i => m[i, i])];
        Array.Sort(values);
        Array.Reverse(values);
        return values;
    }

    /// <summary>A function of a symmetric matrix [n, n]: of its eigenvalues, with the same eigenvectors.</summary>
    public static double[,] Apply(double[,] matrix, Func<double, double> function)
    {
        double[,] m = (double[,])matrix.Clone();
        int n = m.GetLength(0);
        double[,] vectors = new double[n, n], result = new double[n, n];
        for (int i = 0; i < n; i++) vectors[i, i] = 1;
        Diagonalise(m, vectors);
        for (int k = 0; k < n; k++)
        {
            double value = function(m[k, k]);
            for (int i = 0; i < n; i++)
                for (int j = 0; j < n; j++) result[i, j] += vectors[i, k] * value * vectors[j, k];
        }
        return result;
    }

    // The eigenvectors become the columns of what was the identity.
    private static void Diagonalise(double[,] m, double[,]? vectors)
    {
        int n = m.GetLength(0);
        for (int sweep = 0; sweep < 60; sweep++)
        {
            double off = 0, diagonal = 0;
            for (int i = 0; i < n; i++)
            {
                diagonal += m[i, i] * m[i, i];
                for (int j = i + 1; j < n; j++) off += m[i, j] * m[i, j];
            }
            if (off <= 1e-24 * diagonal || off == 0) break;
            for (int p = 0; p < n; p++)
                for (int q = p + 1; q < n; q++) Rotate(m, vectors, p, q);
        }
    }

    private static void Rotate(double[,] m, double[,]? vectors, int p, int q)
    {
        if (m[p, q] == 0) return;
        double theta = (m[q, q] - m[p, p]) / (2 * m[p, q]);
        double t = Math.CopySign(1, theta) / (Math.Abs(theta) + Math.Sqrt(theta * theta + 1));
        double c = 1 / Math.Sqrt(t * t + 1), s = t * c;
        int n = m.GetLength(0);
        Columns(m);
        for (int k = 0; k < n; k++)
        {
            double pk = m[p, k], qk = m[q, k];
            (m[p, k], m[q, k]) = (c * pk - s * qk, s * pk + c * qk);
        }
        if (vectors is not null) Columns(vectors);

        void Columns(double[,] of)
        {
            for (int k = 0; k < n; k++)
            {
                double kp = of[k, p], kq = of[k, q];
                (of[k, p], of[k, q]) = (c * kp - s * kq, s * kp + c * kq);
            }
        }
    }
}
