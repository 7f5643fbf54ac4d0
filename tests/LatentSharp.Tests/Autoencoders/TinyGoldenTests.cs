using LatentSharp.Cpu;
using LatentSharp.Models.Autoencoders;
using LatentSharp.Tensors;
using LatentSharp.Tests.Reference;

namespace LatentSharp.Tests.Autoencoders;

/// <summary>The TAESD family with its real weights, against madebyollin/taesd 5cccb12 in float64 (shared/golden/tiny).</summary>
public sealed class TinyGoldenTests
{
    private const double Tolerance = 1e-4;
    private const string Reference = "taesd 5cccb12, float64";

    [Theory]
    [InlineData("taesd", "sd1")]
    [InlineData("taesdxl", "sdxl")]
    [InlineData("taesd3", "sd3")]
    [InlineData("taef1", "flux1")]
    public void AgreesWithTheReference(string name, string space)
    {
        // Either file of the pair stands for both.
        using Autoencoder autoencoder = Autoencoder.Open(Shared.Path($"models/tiny/{name}_decoder.safetensors"));
        Assert.Equal((name, space, true, true),
            (autoencoder.Family.Id, autoencoder.Space.Id, autoencoder.CanEncode, autoencoder.CanDecode));
        Check(name, autoencoder);
    }

    /// <summary>TAEF2 is published as two torch files, and its latents are FLUX.2's: packed into 128 channels.</summary>
    [Fact]
    public void Taef2AgreesWithTheReference()
    {
        using Autoencoder autoencoder = Autoencoder.Open(Shared.Path("models/tiny/taef2_encoder.pth"));
        Assert.Equal(("taef2", LatentSpace.Flux2, true), (autoencoder.Family.Id, autoencoder.Space, autoencoder.CanDecode));
        Check("taef2", autoencoder);
    }

    private static void Check(string name, Autoencoder autoencoder)
    {
        var golden = new Golden($"tiny/{name}-io.safetensors");
        LatentSpace scaled = autoencoder.Space.AlreadyScaled();
        foreach (string photo in (string[])["a", "b"])
        {
            Shape shape = golden.ShapeOf(photo + ".latent");
            int height = (int)shape[2] / scaled.Patch, width = (int)shape[3] / scaled.Patch;
            var expected = new float[golden[photo + ".latent"].Length];
            scaled.ToDiffusion(golden[photo + ".latent"], expected, height, width);

            Latent latent = autoencoder.Encode(PictureFile.Load(Shared.Path($"golden/tiny/photo-{photo}.png")).Image);
            Correctness.Check($"{name} {photo} latent", Reference, expected, latent.Values, Tolerance);
            ImageTensor decoded = autoencoder.Decode(new Latent(autoencoder.Space, expected, 1, height, width));
            Correctness.Check($"{name} {photo} decoded", Reference, golden[photo + ".decoded"],
                Array.ConvertAll(decoded.Values, v => v * 0.5f + 0.5f), Tolerance);
        }
        // Latents of deviation 4: far into the soft clamp in front of the decoder. Their size may be odd, so this is the network alone.
        Shape wild = golden.ShapeOf("wild.z");
        float[] picture = KLGoldenTests.Run(DefaultDevice.Compile(TinyAutoencoder.Decoder(autoencoder.Weights, (int)wild[2], (int)wild[3])),
            golden["wild.z"]);
        Correctness.Check($"{name} wild decoded", Reference, golden["wild.decoded"], picture, Tolerance);
    }
}
