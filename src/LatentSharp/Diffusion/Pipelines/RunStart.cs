using LatentSharp.Diffusion.Noise;
using LatentSharp.Diffusion.Samplers;
using LatentSharp.Diffusion.Schedules;
using LatentSharp.Latents;

namespace LatentSharp.Diffusion.Pipelines;

/// <summary>Where a run begins: the sigmas that are walked down, and the latent on the first of them.</summary>
internal sealed class RunStart
{
    private readonly FluxRequest request;

    /// <summary>Makes the list of sigmas.</summary>
    public RunStart(FluxRequest request, DenoiserFacts facts)
    {
        this.request = request;
        FluxSampling sampling = request.Sampling;
        Sampler = Sampler.Named(sampling.Sampler);
        int tokens = LatentTokens.Count(request.Height / LatentTokens.Factor, request.Width / LatentTokens.Factor);
        FlowSigmas model = !facts.Guidance ? FlowSigmas.Schnell
            : Schedule.KnowsSize(sampling.Schedule) ? FlowSigmas.DevForTokens(tokens) : FlowSigmas.Dev;
        int steps = sampling.Steps ?? FluxDefaults.Steps(facts.Guidance, facts.Steps);
        ImageRule rule = request.Images?.Rule ?? ImageRule.Comfy;
        float[] sigmas = Schedule.Make(sampling.Schedule, model, steps, rule == ImageRule.Comfy ? sampling.Strength : 1,
            Sampler.DropsLastButOne);
        if (rule != ImageRule.Comfy) sigmas = sigmas[First(rule, steps, sampling.Strength)..];
        if (sigmas.Length < 2)
            throw new LatentSharpException(ErrorKind.Usage, "strength",
                $"a strength of {sampling.Strength} leaves none of {steps} steps.", "Give more of either.");
        Sigmas = Sampler.Prepare(sigmas, model);
    }

    /// <summary>The sampler.</summary>
    public Sampler Sampler { get; }

    /// <summary>The list that it walks down.</summary>
    public float[] Sigmas { get; }

    /// <summary>The seed of this picture, for noise on the way.</summary>
    public ulong Seed => request.Noise.Order == NoiseOrder.Bfl ? request.Noise.Seed
        : unchecked(request.Noise.Seed + (ulong)request.Noise.Picture);

    /// <summary>The first step that is run, the others being left out.</summary>
    public static int First(ImageRule rule, int steps, double strength) => rule == ImageRule.Bfl
        ? (int)((1 - strength) * steps)
        : (int)Math.Max(steps - Math.Min(steps * strength, steps), 0);

    /// <summary>The noise of this picture.</summary>
    public float[] Noise()
    {
        int count = LatentTokens.Channels * (request.Height / LatentTokens.Factor) * (request.Width / LatentTokens.Factor);
        FluxNoise noise = request.Noise;
        if (noise.Values is { } given)
            return given.Length == count ? [.. given]
                : throw new ArgumentException($"the noise has {given.Length} values; {count} are needed", nameof(request));
        // Pictures are drawn one after the other, so those before this one are drawn with it.
        return InitialNoise.Draw(noise.Kind, noise.Order, noise.Seed, noise.Picture + 1, count)[^count..];
    }

    /// <summary>The latent on the first sigma.</summary>
    public float[] Latent(float[] noise, float[]? init)
    {
        double sigma = Sigmas[0];
        return init is null ? SamplerStep.Sum((sigma, noise)) : SamplerStep.Sum((sigma, noise), (1 - sigma, init));
    }
}
