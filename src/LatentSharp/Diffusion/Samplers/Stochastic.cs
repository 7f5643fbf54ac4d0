using static LatentSharp.Diffusion.Samplers.SamplerStep;

namespace LatentSharp.Diffusion.Samplers;

/// <summary>
/// The multistep solvers of the stochastic equation, in lambda = ln((1 - sigma) / sigma). The first sigma has to lie below 1.
/// </summary>
internal static class Stochastic
{
    public static float[] Dpmpp2M(SamplerStep s)
    {
        float[] denoised = s.Denoise();
        s.Keep(denoised, 1);
        if (s.Next == 0) return denoised;
        (double h, double h1, _) = Lengths(s);
        double gain = Gain(s, h), correction = s.Index == 0 ? 0 : gain * h / h1 / 2;
        return s.Index == 0
            ? Sum((Decay(s, h), s.X), (gain, denoised), (Fresh(s, h), s.Noise()))
            : Sum((Decay(s, h), s.X), (gain + correction, denoised), (-correction, s.History[0]), (Fresh(s, h), s.Noise()));
    }

    public static float[] Dpmpp3M(SamplerStep s)
    {
        float[] denoised = s.Denoise();
        s.Keep(denoised, 2);
        if (s.Next == 0) return denoised;
        (double h, double h1, double h2) = Lengths(s);
        double gain = Gain(s, h), decay = Decay(s, h), fresh = Fresh(s, h), alpha = 1 - s.Next;
        double phi2 = 1 - (1 - Math.Exp(-2 * h)) / (2 * h), phi3 = phi2 / (2 * h) - 0.5;
        switch (s.Index)
        {
            case 0: return Sum((decay, s.X), (gain, denoised), (fresh, s.Noise()));
            case 1:
                double c = alpha * phi2 * h / h1;
                return Sum((decay, s.X), (gain + c, denoised), (-c, s.History[0]), (fresh, s.Noise()));
            default:
                // d1 = a + (a - b) r0 / (r0 + r1), d2 = (a - b) / (r0 + r1), of the differences a and b of the last pictures.
                double r0 = h1 / h, r1 = h2 / h, ofA = alpha * (phi2 * (1 + r0 / (r0 + r1)) - phi3 / (r0 + r1)),
                    ofB = alpha * (-phi2 * r0 / (r0 + r1) + phi3 / (r0 + r1));
                return Sum((decay, s.X), (gain + ofA / r0, denoised), (ofB / r1 - ofA / r0, s.History[0]), (-ofB / r1, s.History[1]),
                    (fresh, s.Noise()));
        }
    }

    private static (double H, double H1, double H2) Lengths(SamplerStep s)
        => (Lambda(s.Next) - Lambda(s.Sigma), s.Index < 1 ? 0 : Lambda(s.Sigma) - Lambda(s.SigmaAt(s.Index - 1)), s.Index < 2 ? 0
            : Lambda(s.SigmaAt(s.Index - 1)) - Lambda(s.SigmaAt(s.Index - 2)));

    private static double Lambda(double sigma) => Math.Log((1 - sigma) / sigma);

    private static double Decay(SamplerStep s, double h) => s.Next / s.Sigma * Math.Exp(-h);

    private static double Gain(SamplerStep s, double h) => (1 - s.Next) * (1 - Math.Exp(-2 * h));

    private static double Fresh(SamplerStep s, double h) => s.Next * Math.Sqrt(1 - Math.Exp(-2 * h));
}
