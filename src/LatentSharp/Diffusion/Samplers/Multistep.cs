using static LatentSharp.Diffusion.Samplers.SamplerStep;

namespace LatentSharp.Diffusion.Samplers;

/// <summary>Samplers that use the velocities or pictures of earlier steps.</summary>
internal static class Multistep
{
    private static readonly double[][] AdamsBashforth = [[1], [3 / 2.0, -1 / 2.0], [23 / 12.0, -16 / 12.0, 5 / 12.0],
        [55 / 24.0, -59 / 24.0, 37 / 24.0, -9 / 24.0]];

    /// <summary>DPM-Solver++(2M) in -ln sigma, as for a variance-exploding model. Its first-order part is Euler's step.</summary>
    public static float[] Dpmpp2M(SamplerStep s)
    {
        float[] denoised = s.Denoise();
        s.Keep(denoised, 1);
        if (s.Next == 0) return denoised;
        if (s.History.Count == 0) return s.Euler(denoised);
        double h = Math.Log(s.Sigma / s.Next), r = Math.Log(s.SigmaAt(s.Index - 1) / s.Sigma) / h, part = 1 - s.Next / s.Sigma;
        return Sum((s.Next / s.Sigma, s.X), (part * (1 + 1 / (2 * r)), denoised), (-part / (2 * r), s.History[0]));
    }

    /// <summary>
    /// DPM-Solver++(2M) in ln((1 - sigma) / sigma), as diffusers' DPMSolverMultistepScheduler has it with <c>flow_prediction</c>. The first
    /// step and the one to 0 are of first order.
    /// </summary>
    public static float[] Dpmpp2MFlow(SamplerStep s)
    {
        float[] denoised = s.Denoise();
        s.Keep(denoised, 1);
        if (s.Next == 0) return denoised;
        double Lambda(int index) => Math.Log((1 - s.SigmaAt(index)) / s.SigmaAt(index));
        double h = Lambda(s.Index + 1) - Lambda(s.Index), part = -(1 - s.Next) * double.ExpM1(-h);
        if (s.History.Count == 0) return Sum((s.Next / s.Sigma, s.X), (part, denoised));
        double r = (Lambda(s.Index) - Lambda(s.Index - 1)) / h;
        return Sum((s.Next / s.Sigma, s.X), (part * (1 + 1 / (2 * r)), denoised), (-part / (2 * r), s.History[0]));
    }

    /// <summary>The integral of the polynomial through the last four velocities.</summary>
    public static float[] Lms(SamplerStep s)
    {
        float[] denoised = s.Denoise(), d = Remember(s, denoised, 3);
        if (s.Next == 0) return denoised;
        int order = Math.Min(s.Index + 1, 4);
        return Along(s, d, [.. Enumerable.Range(0, order).Select(j => Integral(s, j, order))]);

        // Two Gauss points are exact for the cubic.
        static double Integral(SamplerStep s, int j, int order)
        {
            double middle = (s.Sigma + s.Next) / 2, half = (s.Next - s.Sigma) / 2, offset = half / Math.Sqrt(3);
            return half * (Lagrange(s, middle - offset, j, order) + Lagrange(s, middle + offset, j, order));
        }

        static double Lagrange(SamplerStep s, double at, int j, int order)
        {
            double value = 1;
            for (int k = 0; k < order; k++)
                if (k != j) value *= (at - s.SigmaAt(s.Index - k)) / (s.SigmaAt(s.Index - j) - s.SigmaAt(s.Index - k));
            return value;
        }
    }

    /// <summary>Adams-Bashforth of up to four velocities as though all steps were of one length.</summary>
    public static float[] Ipndm(SamplerStep s)
    {
        float[] denoised = s.Denoise(), d = Remember(s, denoised, 3);
        if (s.Next == 0) return denoised;
        double h = s.Next - s.Sigma;
        return Along(s, d, [.. AdamsBashforth[Math.Min(s.Index, 3)].Select(c => h * c)]);
    }

    /// <summary>The same with the lengths of the steps.</summary>
    public static float[] IpndmVariable(SamplerStep s)
    {
        float[] denoised = s.Denoise(), d = Remember(s, denoised, 3);
        if (s.Next == 0) return denoised;
        double h = s.Next - s.Sigma;
        Span<double> c = [1, 0, 0, 0];
        if (s.Index >= 1)
        {
            double h1 = s.Sigma - s.SigmaAt(s.Index - 1), p = h / h1;
            (c[0], c[1]) = (1 + p / 2, -p / 2);
            if (s.Index >= 2)
            {
                double h2 = s.SigmaAt(s.Index - 1) - s.SigmaAt(s.Index - 2), q = h1 / h2;
                // The bracket is not the one of the derivation; it is the one that the original computes.
                double bracket = (1 - h / (3 * (h + h1)) * (h * (h + h1)) / (h1 * (h1 + h2))) / 2;
                (c[0], c[1], c[2]) = (c[0] + bracket, c[1] - bracket * (1 + q), bracket * q);
                if (s.Index >= 3)
                {
                    double h3 = s.SigmaAt(s.Index - 2) - s.SigmaAt(s.Index - 3), g = h1 * (h1 + h2) / (h2 * (h2 + h3));
                    double t2 = ((1 - h / (3 * (h + h1))) / 2 + (1 - h / (2 * (h + h1))) * h / (6 * (h + h1 + h2)))
                        * (h * (h + h1) * (h + h1 + h2)) / (h1 * (h1 + h2) * (h1 + h2 + h3));
                    (c[0], c[1], c[2], c[3]) = (c[0] + t2, c[1] - t2 * (1 + q + g), c[2] + t2 * (q + g * (1 + h2 / h3)), -t2 * g * q);
                }
            }
        }
        foreach (ref double factor in c) factor *= h;
        return Along(s, d, c[..(Math.Min(s.Index, 3) + 1)]);
    }

    /// <summary>The exponential integrator of second order of the paper "Refined Exponential Solver" (RES), over two steps.</summary>
    public static float[] ResMultistep(SamplerStep s)
    {
        float[] denoised = s.Denoise();
        s.Keep(denoised, 1);
        if (s.Next == 0 || s.History.Count == 0) return s.Euler(denoised);
        double h = Math.Log(s.Sigma / s.Next), c2 = -Math.Log(s.SigmaAt(s.Index - 1) / s.Sigma) / h;
        double phi1 = (Math.Exp(-h) - 1) / -h, phi2 = (phi1 - 1) / -h;
        return Sum((Math.Exp(-h), s.X), (h * (phi1 - phi2 / c2), denoised), (h * phi2 / c2, s.History[0]));
    }

    /// <summary>Euler, and the change of the velocity since the step before once more.</summary>
    public static float[] GradientEstimation(SamplerStep s)
    {
        float[] denoised = s.Denoise(), d = Remember(s, denoised, 1);
        if (s.Next == 0) return denoised;
        double h = s.Next - s.Sigma;
        return s.History.Count == 0 ? s.Euler(denoised) : Sum((1, s.X), (2 * h, d), (-h, s.History[0]));
    }

    private static float[] Remember(SamplerStep s, float[] denoised, int count)
    {
        float[] d = Velocity(s.X, denoised, s.Sigma);
        s.Keep(d, count);
        return d;
    }

    /// <summary>The latent moved along velocities, the newest first.</summary>
    public static float[] Along(SamplerStep s, float[] d, ReadOnlySpan<double> coefficients)
    {
        var terms = new (double, float[])[coefficients.Length + 1];
        terms[0] = (1, s.X);
        for (int j = 0; j < coefficients.Length; j++) terms[j + 1] = (coefficients[j], j == 0 ? d : s.History[j - 1]);
        return Sum(terms);
    }
}
