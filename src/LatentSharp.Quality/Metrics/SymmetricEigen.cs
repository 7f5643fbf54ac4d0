namespace LatentSharp.Quality.Metrics;

/// <summary>Eigenvalues of small symmetric matrices by cyclic Jacobi rotations.</summary>
internal static class SymmetricEigen
{
    /// <summary>The eigenvalues of a symmetric matrix [n, n], descending.</summary>
    public static double[] Values(double[,] matrix)
    {
        int n = matrix.GetLength(0);
        double[,] m = (double[,])matrix.Clone();
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
                for (int q = p + 1; q < n; q++) Rotate(m, p, q);
        }
        double[] values = [.. Enumerable.Range(0, n).Select(i => m[i, i])];
        Array.Sort(values);
        Array.Reverse(values);
        return values;
    }

    private static void Rotate(double[,] m, int p, int q)
    {
        if (m[p, q] == 0) return;
        double theta = (m[q, q] - m[p, p]) / (2 * m[p, q]);
        double t = Math.CopySign(1, theta) / (Math.Abs(theta) + Math.Sqrt(theta * theta + 1));
        double c = 1 / Math.Sqrt(t * t + 1), s = t * c;
        int n = m.GetLength(0);
        for (int k = 0; k < n; k++)
        {
            double kp = m[k, p], kq = m[k, q];
            (m[k, p], m[k, q]) = (c * kp - s * kq, s * kp + c * kq);
        }
        for (int k = 0; k < n; k++)
        {
            double pk = m[p, k], qk = m[q, k];
            (m[p, k], m[q, k]) = (c * pk - s * qk, s * pk + c * qk);
        }
    }
}
