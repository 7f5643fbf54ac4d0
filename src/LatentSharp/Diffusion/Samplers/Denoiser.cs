namespace LatentSharp.Diffusion.Samplers;

/// <summary>
/// What a sampler walks along: the picture that the model sees behind the noise, x0 = x - sigma * v with the model's velocity v. Whether
/// one network computes it, two (true classifier-free guidance) or a mask keeps a part of it is nothing that a sampler knows.
/// </summary>
/// <param name="x">The noisy latent.</param>
/// <param name="sigma">How noisy it is: 1 is noise alone.</param>
/// <param name="denoised">Where x0 goes; as long as <paramref name="x"/>.</param>
public delegate void Denoiser(ReadOnlySpan<float> x, double sigma, Span<float> denoised);

/// <summary>New noise for the samplers that add some.</summary>
/// <param name="draw">Which draw of the run it is, from 0. The same draw has to give the same noise, for a run may be taken up
/// again.</param>
/// <param name="noise">Where the noise goes.</param>
public delegate void NoiseSource(int draw, Span<float> noise);

/// <summary>A run between two steps, complete: stepping on from a kept state gives the bits that the uninterrupted run gives.</summary>
/// <param name="Step">The number of the next step, from 0.</param>
/// <param name="X">The latent, on the sigma of that step.</param>
/// <param name="History">What multistep samplers remember of earlier steps, newest first; which quantity it is is the sampler's own
/// affair.</param>
/// <param name="Draws">How often noise has been drawn.</param>
public sealed record SamplerState(int Step, float[] X, IReadOnlyList<float[]> History, int Draws)
{
    /// <summary>The state before the first step.</summary>
    /// <param name="x">The latent on the first sigma: noise, or sigma * noise + (1 - sigma) * picture.</param>
    public static SamplerState Start(float[] x) => new(0, x, [], 0);
}
