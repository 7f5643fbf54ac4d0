using LatentSharp.Latents;

namespace LatentSharp.Tests.Server;

/// <summary>A latent of FLUX.1's space that is nothing but noise, as a file.</summary>
internal static class NoiseLatent
{
    internal static byte[] File(int side)
    {
        var values = new float[16 * side * side];
        GaussianNoise.Fill(values, 1);
        return LatentFile.ToBytes(new Latent(LatentSpace.Flux1, values, 1, side, side));
    }
}
