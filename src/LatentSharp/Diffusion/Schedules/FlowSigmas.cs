namespace LatentSharp.Diffusion.Schedules;

/// <summary>
/// How a rectified-flow model counts noise: sigma runs from 1 (noise alone) to 0 (the picture), and x = sigma * noise + (1 - sigma) *
/// picture. Models of the dev kind shift the sigmas towards noise, exp(mu) / (exp(mu) + 1/t - 1), the more the larger the picture; schnell
/// does not.
/// </summary>
public sealed class FlowSigmas
{
    // Sequence lengths and shifts between which mu is linear: black-forest-labs/flux, sampling.py, get_schedule.
    private const double FewTokens = 256, ManyTokens = 4096, LeastMu = 0.5, MostMu = 1.15;

    private readonly float[] table;

    private FlowSigmas(double? mu, int entries)
    {
        Mu = mu;
        table = new float[entries];
        for (int i = 0; i < entries; i++) table[i] = (float)Shift((double)(i + 1) / entries);
    }

    /// <summary>The shift, or null where there is none.</summary>
    public double? Mu { get; }

    /// <summary>ComfyUI's table for dev, Fill, Canny, Depth, Kontext and Krea: 10,000 entries, the same shift for every size.</summary>
    public static FlowSigmas Dev { get; } = new(MostMu, 10000);

    /// <summary>The table of schnell: 1,000 entries, no shift.</summary>
    public static FlowSigmas Schnell { get; } = new(null, 1000);

    /// <summary>A dev model with the shift of a size, as BFL and diffusers always have it and as a node sets it in ComfyUI.</summary>
    /// <param name="imageTokens">Tokens that are denoised: a 16th of the width times a 16th of the height. Those of a reference picture do
    /// not count.</param>
    public static FlowSigmas DevForTokens(int imageTokens) => new(MuForTokens(imageTokens), 10000);

    /// <summary>The shift of a picture: 0.5 at 256 tokens, 1.15 at 4,096, linear between and beyond.</summary>
    public static double MuForTokens(int imageTokens)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(imageTokens, 1);
        const double slope = (MostMu - LeastMu) / (ManyTokens - FewTokens);
        return slope * imageTokens + (LeastMu - slope * FewTokens);
    }

    /// <summary>The sigmas of the model's time steps, smallest first, as ComfyUI tabulates them.</summary>
    public ReadOnlySpan<float> Table => table;

    /// <summary>The smallest tabulated sigma.</summary>
    public float Least => table[0];

    /// <summary>The largest tabulated sigma: 1.</summary>
    public float Most => table[^1];

    /// <summary>The sigma of a time in [0, 1].</summary>
    public double Shift(double t)
    {
        if (Mu is not { } mu || t == 0) return t;
        double e = Math.Exp(mu);
        return e / (e + (1 / t - 1));
    }
}
