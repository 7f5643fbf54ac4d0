using LatentSharp.Diffusion.Noise;
using LatentSharp.Diffusion.Samplers;
using LatentSharp.Latents;

namespace LatentSharp.Diffusion.Pipelines;

/// <summary>A run between two steps, complete: going on from a kept state gives the bits that the uninterrupted run gives.</summary>
/// <param name="Run">What stays the same in all steps.</param>
/// <param name="Sampler">The noisy latent, and what the sampler remembers.</param>
public sealed record FluxState(FluxRun Run, SamplerState Sampler)
{
    /// <summary>Steps that are done.</summary>
    public int Step => Sampler.Step;

    /// <summary>Steps in all.</summary>
    public int Steps => Run.Sigmas.Length - 1;

    /// <summary>Whether no step is left.</summary>
    public bool IsDone => Step >= Steps;

    /// <summary>
    /// The picture that the model saw behind the noise in the step before, for previews; null before the first. Not part of what a run goes
    /// on from.
    /// </summary>
    public Latent? Preview { get; init; }

    /// <summary>The latent as it is: noisy until the last step.</summary>
    public Latent Latent => Run.Latent(IsDone ? Samplers.Sampler.Finish(Sampler, Run.Sigmas) : Sampler.X);
}

/// <summary>What stays the same in all steps of a run.</summary>
public sealed record FluxRun
{
    /// <summary>Height in pixels.</summary>
    public required int Height { get; init; }

    /// <summary>Width in pixels.</summary>
    public required int Width { get; init; }

    /// <summary>The prompt as the model is given it.</summary>
    public required TextConditioning Text { get; init; }

    /// <summary>What is not to be seen; null without true guidance.</summary>
    public TextConditioning? Negative { get; init; }

    /// <summary>The distilled guidance.</summary>
    public float Guidance { get; init; }

    /// <summary>True guidance; 1 for none.</summary>
    public double Cfg { get; init; } = 1;

    /// <summary>The sampler's name.</summary>
    public required string Sampler { get; init; }

    /// <summary>The sigmas that it walks down, one more than steps.</summary>
    public required float[] Sigmas { get; init; }

    /// <summary>Where noise that a sampler adds on the way comes from.</summary>
    public NoiseKind NoiseKind { get; init; }

    /// <summary>The seed of that noise.</summary>
    public ulong Seed { get; init; }

    /// <summary>The noise of the beginning [16, h, w], where a mask needs it in every step.</summary>
    public float[]? Noise { get; init; }

    /// <summary>The picture that is changed, [16, h, w], where a mask keeps a part of it.</summary>
    public float[]? Init { get; init; }

    /// <summary>What is made anew, [h, w]; null for all of it.</summary>
    public float[]? Mask { get; init; }

    /// <summary>When what the mask keeps is put back.</summary>
    public ImageRule Rule { get; init; }

    /// <summary>What each token has beside the noise: control picture, or masked picture and mask; null for nothing.</summary>
    public float[]? Beside { get; init; }

    /// <summary>Tokens of reference pictures; null for none.</summary>
    public float[]? Reference { get; init; }

    /// <summary>Their positions.</summary>
    public float[]? ReferenceIds { get; init; }

    /// <summary>Facts about the origin that travel with a kept run: digests of the parts, the request.</summary>
    public IReadOnlyDictionary<string, string> Origin { get; init; } = new Dictionary<string, string>();

    /// <summary>Tokens of the picture.</summary>
    public int Tokens => LatentTokens.Count(LatentHeight, LatentWidth);

    /// <summary>The texts of every prediction.</summary>
    internal IReadOnlyList<TextConditioning> Texts => Negative is { } negative ? [Text, negative] : [Text];

    /// <summary>The times of all predictions.</summary>
    internal IReadOnlyList<float> Times => [.. Samplers.Sampler.Named(Sampler).Asked(Sigmas).Select(s => (float)s)];

    internal int LatentHeight => Height / LatentTokens.Factor;

    internal int LatentWidth => Width / LatentTokens.Factor;

    internal Latent Latent(float[] values) => new(LatentSpace.Flux1, values, 1, LatentHeight, LatentWidth)
    {
        PictureSize = (Height, Width),
    };
}
