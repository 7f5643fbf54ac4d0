using LatentSharp.Latents;
using LatentSharp.Tensors;

namespace LatentSharp.Diffusion.Noise;

/// <summary>The noise that a run begins with, as [pictures, channels, height, width].</summary>
public static class InitialNoise
{
    /// <summary>Draws the noise of <paramref name="pictures"/> pictures.</summary>
    /// <param name="kind">The generator.</param>
    /// <param name="order">How several pictures are drawn. <see cref="NoiseKind.Native"/> knows pictures itself: there every order but
    /// <see cref="NoiseOrder.Bfl"/> is the same.</param>
    /// <param name="seed">The seed; a negative one of another program is taken modulo 2^64.</param>
    /// <param name="pictures">How many.</param>
    /// <param name="picture">Values of one picture: channels times height times width of the latent.</param>
    /// <exception cref="ArgumentOutOfRangeException">An unknown generator or order, or a size below 1.</exception>
    public static float[] Draw(NoiseKind kind, NoiseOrder order, ulong seed, int pictures, int picture)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(pictures, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(picture, 1);
        var noise = new float[checked(pictures * picture)];
        switch (order)
        {
            case NoiseOrder.Bfl:
                Fill(kind, noise.AsSpan(0, picture), seed, 0);
                for (int i = 1; i < pictures; i++) noise.AsSpan(0, picture).CopyTo(noise.AsSpan(i * picture));
                break;
            case NoiseOrder.Diffusers:
                for (int i = 0; i < pictures; i++)
                    Fill(kind, noise.AsSpan(i * picture, picture), kind == NoiseKind.Native ? seed : unchecked(seed + (ulong)i), i);
                break;
            case NoiseOrder.Comfy when kind == NoiseKind.Native:
                for (int i = 0; i < pictures; i++) Fill(kind, noise.AsSpan(i * picture, picture), seed, i);
                break;
            case NoiseOrder.Comfy:
                Fill(kind, noise, seed, 0);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(order), order, null);
        }
        return noise;
    }

    private static void Fill(NoiseKind kind, Span<float> noise, ulong seed, int picture)
    {
        switch (kind)
        {
            case NoiseKind.Native: GaussianNoise.Fill(noise, seed, picture); break;
            case NoiseKind.TorchFloat32: new TorchGenerator(seed).Fill(noise); break;
            case NoiseKind.TorchBFloat16: new TorchGenerator(seed).Fill(noise, ElementType.BF16); break;
            case NoiseKind.TorchFloat16: new TorchGenerator(seed).Fill(noise, ElementType.F16); break;
            case NoiseKind.Nv: new CudaGenerator(seed).Fill(noise); break;
            default: throw new ArgumentOutOfRangeException(nameof(kind), kind, null);
        }
    }
}
