using static LatentSharp.Diffusion.Samplers.SamplerStep;

namespace LatentSharp.Diffusion.Samplers;

/// <summary>
/// DEIS ("tab", third order): the velocity's polynomial is integrated against the weight of a variance-preserving process onto which the
/// sigmas are mapped.
/// </summary>
internal static class Deis
{
    private const int Points = 10000, Order = 3;
    // The process: the sigmas 0.002 and 80 lie at the times 0.001 and 1.
    private const double LeastSigma = 0.002, MostSigma = 80, LeastTime = 1e-3;
    private static readonly double BetaSlope = 2 * (Math.Log(LeastSigma * LeastSigma + 1) / LeastTime - Math.Log(MostSigma * MostSigma + 1))
        / (LeastTime - 1);
    private static readonly double BetaStart = Math.Log(MostSigma * MostSigma + 1) - BetaSlope / 2;

    public static float[] Step(SamplerStep s)
    {
        float[] denoised = s.Denoise(), d = Velocity(s.X, denoised, s.Sigma);
        s.Keep(d, Order - 1);
        if (s.Next == 0 || s.Index == 0) return s.Euler(denoised);
        int order = Math.Min(s.Index + 1, Order);
        var times = new double[order];
        for (int k = 0; k < order; k++) times[k] = Time(s.SigmaAt(s.Index - k));
        return Multistep.Along(s, d, Coefficients(times, Time(s.Next)));
    }

    /// <summary>The time of a sigma in the process.</summary>
    public static double Time(double sigma)
        => (Math.Sqrt(BetaStart * BetaStart + 2 * BetaSlope * Math.Log(sigma * sigma + 1)) - BetaStart) / BetaSlope;

    /// <summary>
    /// What each velocity counts, newest first, for a step from the first of <paramref name="times"/> to <paramref name="next"/>.
    /// </summary>
    public static double[] Coefficients(ReadOnlySpan<double> times, double next)
    {
        var sums = new double[times.Length];
        for (int p = 0; p < Points; p++)
        {
            double t = times[0] + (next - times[0]) * p / (Points - 1), weight = Weight(t);
            for (int j = 0; j < times.Length; j++)
            {
                double value = weight;
                for (int k = 0; k < times.Length; k++)
                    if (k != j) value *= (t - times[k]) / (times[j] - times[k]);
                sums[j] += value;
            }
        }
        for (int j = 0; j < sums.Length; j++) sums[j] *= (next - times[0]) / Points;
        return sums;
    }

    private static double Weight(double t)
    {
        double alpha = Math.Exp(-0.5 * t * t * BetaSlope - t * BetaStart), slope = -t * BetaSlope - BetaStart;
        return -0.5 * slope / Math.Sqrt(alpha * (1 - alpha));
    }
}
