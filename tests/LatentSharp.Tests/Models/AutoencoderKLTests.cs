using LatentSharp.Models.Autoencoders;
using LatentSharp.Tests.Reference;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.Models;

/// <summary>
/// The graphs of <see cref="AutoencoderKL"/>, evaluated in float64, against black-forest-labs/flux 802fb47 in float64
/// (shared/golden/flux-ae).
/// </summary>
public sealed class AutoencoderKLTests
{
    // Both sides compute in float64; what is left is the rounding of the expected values to float32.
    private const double RelativeTolerance = 1e-6;

    [Theory]
    [InlineData("models/synthetic/flux-ch32-bf16.safetensors", "flux-ae/flux-ch32-io.safetensors", "a", 0.3611, 0.1159)]
    [InlineData("models/synthetic/flux-ch32-bf16.safetensors", "flux-ae/flux-ch32-io.safetensors", "b", 0.3611, 0.1159)]
    [InlineData("models/synthetic/flux-ch32-bf16.safetensors", "flux-ae/flux-ch32-io.safetensors", "c", 0.3611, 0.1159)]
    [InlineData("models/synthetic/flux-ch32-bf16.safetensors", "flux-ae/flux-ch32-io.safetensors", "d", 0.3611, 0.1159)]
    [InlineData("models/synthetic/flux-ch32-bf16.safetensors", "flux-ae/flux-ch32-io.safetensors", "e", 0.3611, 0.1159)]
    [InlineData("golden/flux-ae/flux-ch32s.safetensors", "flux-ae/flux-ch32s-io.safetensors", "a", 0.3611, 0.1159)]
    [InlineData("golden/flux-ae/flux-ch32s-bf16.safetensors", "flux-ae/flux-ch32s-bf16-io.safetensors", "b", 0.3611, 0.1159)]
    [InlineData("golden/flux-ae/flux-ch32s-fp16.safetensors", "flux-ae/flux-ch32s-fp16-io.safetensors", "b", 0.3611, 0.1159)]
    public void AgreesWithTheReference(string model, string expected, string name, double scale, double shift)
    {
        using SafetensorsFile weights = SafetensorsFile.Open(Shared.Path(model));
        var golden = new Golden(expected);
        var picture = golden.ShapeOf(name + ".image");
        var latent = golden.ShapeOf(name + ".z");
        for (int i = 0; i < picture[0]; i++)
        {
            double[] moments = ReferenceExecutor.Run(AutoencoderKL.Encoder(weights, (int)picture[2], (int)picture[3]),
                golden.Picture(name + ".image", i));
            AssertClose(golden.Picture(name + ".moments", i), moments);
            float[] m = Array.ConvertAll(golden.Picture(name + ".z", i), z => (float)(z / scale + shift));
            double[] decoded = ReferenceExecutor.Run(AutoencoderKL.Decoder(weights, (int)latent[2], (int)latent[3]), m);
            AssertClose(golden.Picture(name + ".decoded", i), decoded);
        }
    }

    private static void AssertClose(float[] expected, double[] found)
    {
        Assert.Equal(expected.Length, found.Length);
        double range = expected.Max() - expected.Min();
        double error = expected.Zip(found, (e, f) => Math.Abs(e - f)).Max() / range;
        Assert.True(error <= RelativeTolerance, $"{error:g3} of the range, allowed {RelativeTolerance}");
    }
}
