using LatentSharp.Models.Autoencoders;
using LatentSharp.Tensors;
using LatentSharp.Tests.Reference;

namespace LatentSharp.Tests.Autoencoders;

/// <summary>DC-AE in both styles, against AutoencoderDC of diffusers 58eb52c in float64 (shared/golden/dc-ae).</summary>
public sealed class DeepCompressionGoldenTests
{
    private const double Tolerance = 1e-4;
    private const string Reference = "diffusers 58eb52c, float64";

    [Theory]
    [InlineData("sana-f32", "a")]
    [InlineData("sana-f32", "b")]
    [InlineData("sana-f32", "c")]
    [InlineData("dc-shuffle-f8", "a")]
    [InlineData("dc-shuffle-f8", "b")]
    public void AgreesWithTheReference(string model, string name)
    {
        using Autoencoder autoencoder = Autoencoder.Open(Shared.Path($"golden/dc-ae/{model}.safetensors"));
        var golden = new Golden($"dc-ae/{model}-io.safetensors");
        Assert.False(autoencoder.HasPosterior);

        ImageTensor image = KLGoldenTests.Image(golden, name + ".image");
        Correctness.Check($"{model} {name} latent", Reference, golden[name + ".latent"], autoencoder.Encode(image).Values, Tolerance);
        Shape z = golden.ShapeOf(name + ".z");
        ImageTensor decoded = autoencoder.Decode(new Latent(autoencoder.Space, golden[name + ".z"], (int)z[0], (int)z[2], (int)z[3]));
        Correctness.Check($"{model} {name} decoded", Reference, golden[name + ".decoded"], decoded.Values, Tolerance);
    }

    // Both sides in float64: what is left is the rounding of the expected values to float32.
    [Theory]
    [InlineData("sana-f32", 8)]
    [InlineData("dc-shuffle-f8", 8)]
    public void TheGraphAgreesInFloat64(string model, int headChannels)
    {
        using Autoencoder autoencoder = Autoencoder.Open(Shared.Path($"golden/dc-ae/{model}.safetensors"));
        var golden = new Golden($"dc-ae/{model}-io.safetensors");
        Shape image = golden.ShapeOf("b.image"), encoded = golden.ShapeOf("b.encoded"), z = golden.ShapeOf("b.z");
        double[] latent =
            ReferenceExecutor.Run(DeepCompressionAutoencoder.Encoder(autoencoder.Weights, (int)image[2], (int)image[3], headChannels),
                golden.Picture("b.image", 0));
        AssertClose(golden.Picture("b.encoded", 0), latent, 1e-6);
        Assert.Equal(encoded.Dimensions[1..].Aggregate((a, b) => a * b), latent.Length);
        float[] model64 = Array.ConvertAll(golden.Picture("b.z", 0), v => (float)(v / autoencoder.Space.Scale[0]));
        double[] decoded =
            ReferenceExecutor.Run(DeepCompressionAutoencoder.Decoder(autoencoder.Weights, (int)z[2], (int)z[3], headChannels), model64);
        AssertClose(golden.Picture("b.decoded", 0), decoded, 2e-6);
    }

    private static void AssertClose(float[] expected, double[] found, double tolerance)
    {
        double range = expected.Max() - expected.Min(), error = expected.Zip(found, (e, f) => Math.Abs(e - f)).Max() / range;
        Assert.True(error <= tolerance, $"{error:g3} of the range, allowed {tolerance}");
    }
}
