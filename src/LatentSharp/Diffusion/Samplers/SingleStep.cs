using static LatentSharp.Diffusion.Samplers.SamplerStep;

namespace LatentSharp.Diffusion.Samplers;

/// <summary>Samplers without memory.</summary>
internal static class SingleStep
{
    public static float[] Euler(SamplerStep s) => s.Euler(s.Denoise());

    /// <summary>The mean of the velocities at both ends.</summary>
    public static float[] Heun(SamplerStep s)
    {
        float[] denoised = s.Denoise();
        if (s.Next == 0) return s.Euler(denoised);
        float[] d = Velocity(s.X, denoised, s.Sigma), d2 = s.Velocity(s.Euler(denoised), s.Next);
        double h = s.Next - s.Sigma;
        return Sum((1, s.X), (h / 2, d), (h / 2, d2));
    }

    /// <summary>Three velocities, weighted by how much noise is left of the first.</summary>
    public static float[] Heunpp2(SamplerStep s)
    {
        float[] denoised = s.Denoise();
        if (s.IsLast) return s.Euler(denoised);
        double h = s.Next - s.Sigma, first = s.SigmaAt(0);
        float[] d = Velocity(s.X, denoised, s.Sigma), x2 = s.Euler(denoised), d2 = s.Velocity(x2, s.Next);
        if (s.Index + 2 == s.Steps)
        {
            double w = s.Next / (2 * first);
            return Sum((1, s.X), (h * (1 - w), d), (h * w, d2));
        }
        double after = s.SigmaAt(s.Index + 2);
        float[] d3 = s.Velocity(Sum((1, x2), (after - s.Next, d2)), after);
        double w2 = s.Next / (3 * first), w3 = after / (3 * first);
        return Sum((1, s.X), (h * (1 - w2 - w3), d), (h * w2, d2), (h * w3, d3));
    }

    /// <summary>The velocity at the geometric mean of the sigmas.</summary>
    public static float[] Dpm2(SamplerStep s)
    {
        float[] denoised = s.Denoise();
        if (s.Next == 0) return s.Euler(denoised);
        double middle = Math.Exp((Math.Log(s.Sigma) + Math.Log(s.Next)) / 2);
        float[] x2 = Sum((middle / s.Sigma, s.X), (1 - middle / s.Sigma, denoised));
        return Sum((1, s.X), (s.Next - s.Sigma, s.Velocity(x2, middle)));
    }
}
