using LatentSharp.Diffusion.Noise;
using LatentSharp.Diffusion.Samplers;
using LatentSharp.Latents;

namespace LatentSharp.Diffusion.Pipelines;

/// <summary>One step: the denoiser as the sampler sees it, with true guidance and a mask around it.</summary>
internal sealed class FluxStep(IDenoiser denoiser, FluxState state, IProgress<StepProgress>? progress, CancellationToken cancellationToken)
{
    private readonly FluxRun run = state.Run;
    private float[]? seen;
    private int calls;

    /// <summary>The state after the step.</summary>
    public FluxState Next()
    {
        cancellationToken.ThrowIfCancellationRequested();
        // Of the whole run and not only of what is left of it, so that a run that is taken up computes what it computed before.
        denoiser.Expect(run.Times, run.Texts, run.Guidance);
        SamplerState next = Sampler.Named(run.Sampler).Step(state.Sampler, run.Sigmas, Denoise, Draw);
        if (run is { Rule: ImageRule.Diffusers, Mask: not null }) next = next with { X = PutBack(next.X, run.Sigmas[next.Step]) };
        return new FluxState(run, next) { Preview = run.Latent(seen!) };
    }

    private void Denoise(ReadOnlySpan<float> x, double sigma, Span<float> denoised)
    {
        bool masked = run is { Rule: not ImageRule.Diffusers, Mask: not null };
        float[] given = masked ? PutBack(x, sigma) : x.ToArray(), velocity = Velocity(given, (float)sigma);
        for (int i = 0; i < denoised.Length; i++) denoised[i] = (float)(given[i] - sigma * velocity[i]);
        if (masked) Blend(denoised, run.Init!);
        seen = denoised.ToArray();
    }

    private float[] Velocity(float[] x, float sigma)
    {
        double passes = run.Negative is null ? 1 : 2;
        float[] velocity = Predict(x, sigma, run.Text, 0, 1 / passes);
        if (run.Negative is not { } negative) return velocity;
        float[] without = Predict(x, sigma, negative, 1 / passes, 1 / passes);
        return SamplerStep.Sum((1 - run.Cfg, without), (run.Cfg, velocity));
    }

    private float[] Predict(float[] x, float sigma, TextConditioning text, double from, double share)
    {
        int tokens = run.Tokens;
        float[] img = LatentTokens.Pack(x, run.LatentHeight, run.LatentWidth);
        if (run.Beside is { } beside) img = LatentTokens.Beside(img, beside, tokens);
        float[] ids = LatentTokens.Ids(0, LatentTokens.Along(run.LatentHeight), LatentTokens.Along(run.LatentWidth));
        if (run is { Reference: { } reference, ReferenceIds: { } places }) (img, ids) = ([.. img, .. reference], [.. ids, .. places]);
        var input = new DenoiserInput(img, ids, tokens, text, sigma, run.Guidance);
        var found = new float[tokens * LatentTokens.Features];
        // Samplers that ask twice tell of the first time only.
        denoiser.Predict(input, found, progress is null || calls > 0 ? null : new PartOfStep(progress, state, from, share),
            cancellationToken);
        if (!found.All(float.IsFinite)) throw Broken(input);
        if (from + share >= 1) calls++;
        var velocity = new float[x.Length];
        LatentTokens.Unpack(found, velocity, run.LatentHeight, run.LatentWidth);
        return velocity;
    }

    private LatentSharpException Broken(DenoiserInput input)
    {
        string where = $"step {state.Step + 1} of {state.Steps}";
        bool given = !input.Img.ToArray().Concat(input.Text.Text.ToArray()).All(float.IsFinite);
        string cause = given ? "what the model was given is not finite already"
            : denoiser.FindFault(input, cancellationToken) is { } block ? $"values that are not finite come first from {block}"
                : "the model gives values that are not finite";
        return new LatentSharpException(ErrorKind.BadInput, where, $"{cause}.",
            given ? "The kept state is damaged; begin again."
                : "The weights are damaged, or a LoRA is too strong; the state before the step is good.");
    }

    // What the mask keeps becomes the picture with as much noise as there is at this sigma.
    private float[] PutBack(ReadOnlySpan<float> x, double sigma)
    {
        float[] result = x.ToArray();
        Blend(result, SamplerStep.Sum((sigma, run.Noise!), (1 - sigma, run.Init!)));
        return result;
    }

    private void Blend(Span<float> x, float[] kept)
    {
        float[] mask = run.Mask!;
        for (int i = 0; i < x.Length; i++)
        {
            float part = mask[i % mask.Length];
            x[i] = x[i] * part + kept[i] * (1 - part);
        }
    }

    // Our own generator's first draw was the noise that the run began with. ComfyUI begins anew, with the same seed.
    private void Draw(int draw, Span<float> noise)
        => new NoiseDraws(run.NoiseKind, run.Seed).Fill(run.NoiseKind == NoiseKind.Native ? draw + 1 : draw, noise);

    // Progress of a prediction as that of the run.
    private sealed class PartOfStep(IProgress<StepProgress> whole, FluxState state, double from, double share) : IProgress<StepProgress>
    {
        public void Report(StepProgress value)
            => whole.Report(value with { Fraction = (state.Step + from + share * value.Fraction) / state.Steps });
    }
}
