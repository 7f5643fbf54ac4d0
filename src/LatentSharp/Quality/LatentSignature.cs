using LatentSharp.Latents;

namespace LatentSharp.Quality;

/// <summary>
/// How the latents of natural pictures are distributed in a latent space: mean and covariance of a position's channels. Latents that another space wrote, or that
/// were not scaled, are improbable under it. Spaces of equal shape (FLUX.1 and SD3; SD 1.x and SDXL) can be told apart only so.
/// </summary>
public sealed class LatentSignature
{
    private readonly double[] mean;
    private readonly double[,] inverseFactor;
    private readonly double logDeterminant;

    /// <summary>A signature from its parameters.</summary>
    /// <param name="space">The space.</param>
    /// <param name="mean">C means.</param>
    /// <param name="covariance">[C, C], symmetric and positive definite.</param>
    /// <exception cref="ArgumentException">Sizes do not fit or the covariance is not positive definite.</exception>
    public LatentSignature(LatentSpace space, double[] mean, double[,] covariance)
    {
        ArgumentNullException.ThrowIfNull(space);
        ArgumentNullException.ThrowIfNull(mean);
        ArgumentNullException.ThrowIfNull(covariance);
        int n = space.Channels;
        if (mean.Length != n || covariance.GetLength(0) != n || covariance.GetLength(1) != n)
            throw new ArgumentException($"a signature of {space} needs {n} means and {n}x{n} covariances", nameof(mean));
        (Space, this.mean, Covariance) = (space, mean, covariance);
        double[,] factor = Cholesky(covariance);
        for (int i = 0; i < n; i++) logDeterminant += 2 * Math.Log(factor[i, i]);
        inverseFactor = InverseLower(factor);
    }

    /// <summary>The space whose natural latents these are.</summary>
    public LatentSpace Space { get; }

    /// <summary>The means of the channels.</summary>
    public IReadOnlyList<double> Mean => mean;

    /// <summary>The covariance of the channels, [C, C].</summary>
    public double[,] Covariance { get; }

    /// <summary>
    /// The Kullback-Leibler divergence in nats per channel from the Gaussian with the statistics of some latents to this signature: about 0.2 to 1 for one picture of
    /// the space, several for another space's. Infinite when the number of channels differs.
    /// </summary>
    public double Divergence(LatentStatistics statistics)
    {
        ArgumentNullException.ThrowIfNull(statistics);
        int n = mean.Length;
        if (statistics.Channels.Count != n) return double.PositiveInfinity;
        // Single pictures may be flat in some channel: a floor keeps the logarithm finite.
        double[,] covariance = (double[,])statistics.Covariance.Clone();
        for (int i = 0; i < n; i++) covariance[i, i] += 1e-3;
        double[,] own = Cholesky(covariance);
        double ownLog = 0, trace = 0, shift = 0;
        for (int i = 0; i < n; i++) ownLog += 2 * Math.Log(own[i, i]);
        for (int i = 0; i < n; i++)
        {
            double projected = 0;
            for (int k = 0; k <= i; k++) projected += inverseFactor[i, k] * (statistics.Channels[k].Mean - mean[k]);
            shift += projected * projected;
            // trace(S^-1 P) = sum of squares of L^-1 * chol(P).
            for (int j = 0; j < n; j++)
            {
                double v = 0;
                for (int k = j; k <= i; k++) v += inverseFactor[i, k] * own[k, j];
                trace += v * v;
            }
        }
        return 0.5 * (trace - n + shift + logDeterminant - ownLog) / n;
    }

    /// <summary>The signature of the latents that the statistics describe.</summary>
    public static LatentSignature From(LatentSpace space, LatentStatistics statistics)
    {
        ArgumentNullException.ThrowIfNull(statistics);
        return new LatentSignature(space, [.. statistics.Channels.Select(c => c.Mean)], statistics.Covariance);
    }

    private static double[,] Cholesky(double[,] m)
    {
        int n = m.GetLength(0);
        double[,] l = new double[n, n];
        for (int i = 0; i < n; i++)
            for (int j = 0; j <= i; j++)
            {
                double sum = m[i, j];
                for (int k = 0; k < j; k++) sum -= l[i, k] * l[j, k];
                if (i != j) l[i, j] = sum / l[j, j];
                else if (sum > 0) l[i, i] = Math.Sqrt(sum);
                else throw new ArgumentException("the covariance is not positive definite", nameof(m));
            }
        return l;
    }

    private static double[,] InverseLower(double[,] l)
    {
        int n = l.GetLength(0);
        double[,] inverse = new double[n, n];
        for (int j = 0; j < n; j++)
        {
            inverse[j, j] = 1 / l[j, j];
            for (int i = j + 1; i < n; i++)
            {
                double sum = 0;
                for (int k = j; k < i; k++) sum -= l[i, k] * inverse[k, j];
                inverse[i, j] = sum / l[i, i];
            }
        }
        return inverse;
    }
}
