namespace LatentSharp.Diffusion.Samplers;

/// <summary>
/// One step of a run, as a sampler sees it. Everything a sampler does is a linear combination of latents; sums are taken in double and
/// rounded once.
/// </summary>
internal sealed class SamplerStep(float[] sigmas, SamplerState state, Denoiser denoiser, NoiseSource? noise)
{
    private readonly List<float[]> kept = [];

    /// <summary>The number of the step, from 0.</summary>
    public int Index => state.Step;

    /// <summary>The latent before the step.</summary>
    public float[] X => state.X;

    /// <summary>What the sampler kept in earlier steps, newest first.</summary>
    public IReadOnlyList<float[]> History => state.History;

    /// <summary>Noise of the latent before the step.</summary>
    public double Sigma => SigmaAt(Index);

    /// <summary>Noise that it has after the step.</summary>
    public double Next => SigmaAt(Index + 1);

    /// <summary>The last step of the list.</summary>
    public bool IsLast => Index == Steps - 1;

    /// <summary>Steps of the whole list.</summary>
    public int Steps => sigmas.Length - 1;

    public int Draws { get; private set; } = state.Draws;

    public IReadOnlyList<float[]> Kept => kept;

    public double SigmaAt(int index) => sigmas[index];

    /// <summary>The picture behind a latent.</summary>
    public float[] Denoise(float[] x, double sigma)
    {
        var denoised = new float[x.Length];
        denoiser(x, sigma, denoised);
        return denoised;
    }

    /// <summary>The picture behind the latent before the step.</summary>
    public float[] Denoise() => Denoise(X, Sigma);

    /// <summary>The velocity dx / d sigma = (x - x0) / sigma.</summary>
    public float[] Velocity(float[] x, double sigma) => Velocity(x, Denoise(x, sigma), sigma);

    /// <summary>The velocity where the picture is known.</summary>
    public static float[] Velocity(float[] x, float[] denoised, double sigma) => Sum((1 / sigma, x), (-1 / sigma, denoised));

    /// <summary>The step that all others improve on: straight along the velocity.</summary>
    public float[] Euler(float[] denoised) => Sum((Next / Sigma, X), (1 - Next / Sigma, denoised));

    /// <summary>The next noise of the run.</summary>
    public float[] Noise()
    {
        var drawn = new float[X.Length];
        noise!(Draws++, drawn);
        return drawn;
    }

    /// <summary>
    /// Remembers <paramref name="values"/> for the next step, and of what was remembered before as much as makes <paramref name="count"/>
    /// in all.
    /// </summary>
    public void Keep(float[] values, int count)
    {
        kept.Add(values);
        kept.AddRange(History.Take(count - 1));
    }

    /// <summary>Remembers this for the next step and nothing else.</summary>
    public void KeepAll(IEnumerable<float[]> values) => kept.AddRange(values);

    /// <summary>The sum of latents, each times a number.</summary>
    public static float[] Sum(params ReadOnlySpan<(double Factor, float[] Values)> terms)
    {
        var sum = new float[terms[0].Values.Length];
        for (int i = 0; i < sum.Length; i++)
        {
            double value = 0;
            foreach ((double factor, float[] values) in terms) value += factor * values[i];
            sum[i] = (float)value;
        }
        return sum;
    }
}
