namespace LatentSharp.Calibration;

/// <summary>Accumulates normal equations and solves them with a ridge: minimises sum |t - X b|^2 + lambda |b|^2 for several right-hand sides.</summary>
internal sealed class LeastSquares(int unknowns, int targets)
{
    private readonly double[] gram = new double[unknowns * unknowns];
    private readonly double[] right = new double[targets * unknowns];

    /// <summary>Adds many observations: rows of <paramref name="count"/> x unknowns inputs and count x targets.</summary>
    public void Add(double[] inputs, double[] wanted, int count)
    {
        Parallel.For(0, unknowns, i =>
        {
            Span<double> row = gram.AsSpan(i * unknowns, unknowns);
            for (int n = 0; n < count; n++)
            {
                ReadOnlySpan<double> x = inputs.AsSpan(n * unknowns, unknowns);
                double f = x[i];
                if (f == 0) continue;
                for (int j = 0; j <= i; j++) row[j] += f * x[j];
                for (int t = 0; t < targets; t++) right[t * unknowns + i] += f * wanted[n * targets + t];
            }
        });
    }

    /// <summary>The coefficients for each target.</summary>
    /// <param name="ridge">Lambda as a share of the mean of the diagonal; keeps badly determined directions at zero.</param>
    public double[][] Solve(double ridge)
    {
        int n = unknowns;
        double trace = 0;
        for (int i = 0; i < n; i++) trace += gram[i * n + i];
        double[] l = (double[])gram.Clone();
        for (int i = 0; i < n; i++) l[i * n + i] += ridge * trace / n + 1e-12 * trace;
        for (int j = 0; j < n; j++)
        {
            for (int k = 0; k < j; k++) l[j * n + j] -= l[j * n + k] * l[j * n + k];
            double d = l[j * n + j] = Math.Sqrt(Math.Max(l[j * n + j], 1e-300));
            Parallel.For(j + 1, n, i =>
            {
                double sum = l[i * n + j];
                ReadOnlySpan<double> a = l.AsSpan(i * n, j), b = l.AsSpan(j * n, j);
                for (int k = 0; k < j; k++) sum -= a[k] * b[k];
                l[i * n + j] = sum / d;
            });
        }
        double[][] result = new double[targets][];
        for (int t = 0; t < targets; t++)
        {
            double[] y = right.AsSpan(t * n, n).ToArray();
            for (int i = 0; i < n; i++)
            {
                for (int k = 0; k < i; k++) y[i] -= l[i * n + k] * y[k];
                y[i] /= l[i * n + i];
            }
            for (int i = n - 1; i >= 0; i--)
            {
                for (int k = i + 1; k < n; k++) y[i] -= l[k * n + i] * y[k];
                y[i] /= l[i * n + i];
            }
            result[t] = y;
        }
        return result;
    }
}
