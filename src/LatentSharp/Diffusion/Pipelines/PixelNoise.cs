using LatentSharp.Diffusion.Noise;

namespace LatentSharp.Diffusion.Pipelines;

/// <summary>The noise of one picture of several. BFL's order means nothing here and is that of diffusers.</summary>
/// <param name="Kind">The generator.</param>
/// <param name="Order">How the noise of several pictures is drawn.</param>
/// <param name="Seed">The seed of the first.</param>
/// <param name="Picture">Which picture this is, from 0.</param>
/// <param name="Pictures">How many there are; it counts where all are drawn at once.</param>
internal sealed record PixelNoise(NoiseKind Kind, NoiseOrder Order, ulong Seed, int Picture, int Pictures);

/// <summary>
/// The draws of a run as diffusers makes them: noise to begin with, then noise for each step from the same generator; a generator for each
/// picture, or one that draws all pictures at once.
/// </summary>
/// <param name="noise">Which noise.</param>
/// <param name="size">Values of a picture.</param>
internal sealed class PixelDraws(PixelNoise noise, int size)
{
    /// <summary>Values of a picture.</summary>
    public int Size => size;

    /// <summary>A draw: 0 to begin with, then 1 for the first step.</summary>
    public float[] Fill(int draw)
    {
        if (draw == 0 && noise.Kind == NoiseKind.Native)
            return InitialNoise.Draw(noise.Kind, NoiseOrder.Diffusers, noise.Seed, noise.Picture + 1, size)[^size..];
        bool together = noise is { Order: NoiseOrder.Comfy, Kind: not NoiseKind.Native };
        ulong seed = together ? noise.Seed : unchecked(noise.Seed + (ulong)noise.Picture);
        var values = new float[together ? checked(noise.Pictures * size) : size];
        new NoiseDraws(noise.Kind, seed).Fill(draw, values);
        return together ? values.AsSpan(noise.Picture * size, size).ToArray() : values;
    }
}
