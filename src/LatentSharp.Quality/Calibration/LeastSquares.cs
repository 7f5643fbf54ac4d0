namespace LatentSharp.Quality.Calibration;

/// <summary>
/// Accumulates normal equations and solves them with a ridge: minimises sum |t - X b|^2 + lambda |b|^2 for several right-hand sides.
/// </summary>
internal sealed class LeastSquares(int unknowns, int targets)
{
    private readonly double[] gram = new double[unknowns * unknowns];
    private readonly double[] right = new double[targets * unknowns];
    private double energy;

    /// <summary>Adds many observations: rows of <paramref name="count"/> x unknowns inputs and count x targets.</summary>
    public void Add(double[] inputs, double[] wanted, int count)
    {
        for (int i = 0; i < count * targets; i++) energy += wanted[i] * wanted[i];
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

    /// <summary>Adds the observations of another set.</summary>
    public void Add(LeastSquares other)
    {
        for (int i = 0; i < gram.Length; i++) gram[i] += other.gram[i];
        for (int i = 0; i < right.Length; i++) right[i] += other.right[i];
        energy += other.energy;
    }

    /// <summary>The sum of squared errors that some coefficients make on these observations.</summary>
    public double Error(double[][] coefficients)
    {
        double sum = energy;
        for (int t = 0; t < targets; t++)
            for (int i = 0; i < unknowns; i++)
            {
                double product = 0.5 * gram[i * unknowns + i] * coefficients[t][i];
                for (int j = 0; j < i; j++) product += gram[i * unknowns + j] * coefficients[t][j];
                sum += 2 * coefficients[t][i] * (product - right[t * unknowns + i]);
            }
        return sum;
    }

    /// <summary>The ridge out of several with which each of two sets predicts the other best.</summary>
    public static double BestRidge(LeastSquares first, LeastSquares second, IEnumerable<double> ridges)
        => ridges.MinBy(r => second.Error(first.Solve(r)) + first.Error(second.Solve(r)));

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
