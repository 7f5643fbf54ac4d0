namespace LatentSharp.Diffusion.Schedules;

/// <summary>The quantiles of the symmetric beta distribution with both parameters 0.6.</summary>
internal static class BetaDistribution
{
    private const double Parameter = 0.6;
    // Gamma(0.6)^2 / Gamma(1.2), the complete beta function.
    private const double Complete = 1.4891922488128171 * 1.4891922488128171 / 0.9181687423997607;

    /// <summary>
    /// Where the distribution function is <paramref name="probability"/>: the inverse of the regularised incomplete beta function.
    /// </summary>
    public static double Quantile(double probability)
    {
        if (probability <= 0) return 0;
        if (probability >= 1) return 1;
        double low = 0, high = 1;
        for (int i = 0; i < 100; i++)
        {
            double middle = (low + high) / 2;
            if (Function(middle) < probability) low = middle;
            else high = middle;
        }
        return (low + high) / 2;
    }

    private static double Function(double x) => x > 0.5 ? 1 - Lower(1 - x) : Lower(x);

    // x^a (1-x)^b / (a B(a,b)) * F(1, a+b; a+1; x), a series of positive terms that shrink by about x each.
    private static double Lower(double x)
    {
        if (x <= 0) return 0;
        double term = 1, sum = 1;
        for (int n = 0; n < 200 && term > sum * 1e-17; n++)
        {
            term *= x * (2 * Parameter + n) / (Parameter + 1 + n);
            sum += term;
        }
        return Math.Pow(x * (1 - x), Parameter) / (Parameter * Complete) * sum;
    }
}
