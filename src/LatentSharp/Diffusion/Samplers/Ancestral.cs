using static LatentSharp.Diffusion.Samplers.SamplerStep;

namespace LatentSharp.Diffusion.Samplers;

/// <summary>Samplers that go down further than they have to and add noise to come back, in their rectified-flow forms.</summary>
internal static class Ancestral
{
    public static float[] Euler(SamplerStep s)
    {
        float[] denoised = s.Denoise();
        if (s.Next == 0) return denoised;
        (double down, double keep, double add) = Split(s);
        return Sum((keep * down / s.Sigma, s.X), (keep * (1 - down / s.Sigma), denoised), (add, s.Noise()));
    }

    public static float[] Dpm2(SamplerStep s)
    {
        float[] denoised = s.Denoise();
        if (s.Next == 0) return s.Euler(denoised);
        (double down, double keep, double add) = Split(s);
        double middle = Math.Sqrt(s.Sigma * down);
        float[] d2 = s.Velocity(Sum((middle / s.Sigma, s.X), (1 - middle / s.Sigma, denoised)), middle);
        return Sum((keep, s.X), (keep * (down - s.Sigma), d2), (add, s.Noise()));
    }

    public static float[] Dpmpp2S(SamplerStep s)
    {
        float[] denoised = s.Denoise();
        if (s.Next == 0) return denoised;
        (double down, double keep, double add) = Split(s);
        double middle = s.Sigma == 1 ? 0.9999 : 1 / (1 + Math.Exp((LogRatio(s.Sigma) + LogRatio(down)) / 2));
        float[] denoised2 = s.Denoise(Sum((middle / s.Sigma, s.X), (1 - middle / s.Sigma, denoised)), middle);
        return Sum((keep * down / s.Sigma, s.X), (keep * (1 - down / s.Sigma), denoised2), (add, s.Noise()));
    }

    /// <summary>The picture itself with new noise: for models that see it in one step.</summary>
    public static float[] Lcm(SamplerStep s)
    {
        float[] denoised = s.Denoise();
        return s.Next == 0 ? denoised : Sum((s.Next, s.Noise()), (1 - s.Next, denoised));
    }

    // The sigma to go down to, what is kept of the latent there, and how much noise brings it to the next sigma.
    private static (double Down, double Keep, double Add) Split(SamplerStep s)
    {
        double down = s.Next * s.Next / s.Sigma, keep = (1 - s.Next) / (1 - down);
        return (down, keep, Math.Sqrt(s.Next * s.Next - down * down * keep * keep));
    }

    private static double LogRatio(double sigma) => Math.Log((1 - sigma) / sigma);
}
