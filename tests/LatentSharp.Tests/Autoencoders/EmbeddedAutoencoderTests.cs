using LatentSharp.Latents;
using LatentSharp.Tests.Training;
using LatentSharp.Weights;

namespace LatentSharp.Tests.Autoencoders;

/// <summary>What every user meets first: the embedded autoencoder, and the rules of encoding and decoding.</summary>
public sealed class EmbeddedAutoencoderTests
{
    private static readonly Autoencoder Embedded = EmbeddedAutoencoder.Shared;

    [Fact]
    public void SpeaksFlux1AndStaysOpen()
    {
        using (Autoencoder used = EmbeddedAutoencoder.Shared) Assert.Equal(LatentSpace.Flux1, used.Space);
        Assert.True(EmbeddedAutoencoder.Shared is { CanEncode: true, CanDecode: true, HasPosterior: true, Path: null });
        Assert.Equal(5_293_891, Embedded.Weights.Tensors.Values.Sum(t => t.Shape.ElementCount));
        Assert.Null(Embedded.Weights.Locate(Embedded.Weights.Tensors["encoder.conv_in.weight"]));
    }

    [Fact]
    public void ItsDigestIsThatOfItsFile() => Assert.Equal(EmbeddedCard.Sha256, EmbeddedAutoencoder.Sha256);

    [Fact]
    public void TheSameWeightsFromMemoryGiveTheSamePicture()
    {
        var memory = new MemoryWeights("a copy");
        foreach ((string name, TensorInfo tensor) in Embedded.Weights.Tensors)
            memory.Add(name, Embedded.Weights.Read(tensor), tensor.Shape.Dimensions.AsSpan());
        using Autoencoder copy = Autoencoder.From(memory, new AutoencoderOptions { Family = AutoencoderFamily.Flux1 });
        Assert.Equal(("a copy", null), (copy.Name, copy.Path));
        Latent latent = Embedded.Encode(Gradient(1, 24, 16));
        Assert.Equal(latent.Values, copy.Encode(Gradient(1, 24, 16)).Values);
        Assert.Equal(Embedded.Decode(latent).Values, copy.Decode(latent).Values);
    }

    [Theory]
    [InlineData(16, 16)]
    [InlineData(13, 21)]
    [InlineData(1, 1)]
    [InlineData(3, 40)]
    public void ARoundTripKeepsThePicturesSize(int height, int width)
    {
        Latent latent = Embedded.Encode(Gradient(1, height, width));
        Assert.Equal(((height + 7) / 8, (width + 7) / 8), (latent.Height, latent.Width));
        Assert.Equal((height, width), latent.PictureSize);
        ImageTensor back = Embedded.Decode(latent);
        Assert.Equal((height, width), (back.Height, back.Width));
        Assert.All(back.Values, v => Assert.True(float.IsFinite(v)));
    }

    [Fact]
    public void AGreyGradientSurvivesRoughly()
    {
        ImageTensor picture = Gradient(1, 64, 64);
        ImageTensor back = Embedded.Decode(Embedded.Encode(picture));
        double error = picture.Values.Zip(back.Values, (a, b) => Math.Abs(a - b)).Average();
        // A smooth gradient is easy; the mean error of a wrong network would be near 0.5.
        Assert.True(error < 0.1, $"mean absolute error {error}");
    }

    [Fact]
    public void ABatchIsItsPicturesOneByOne()
    {
        ImageTensor batch = Gradient(3, 16, 24);
        Latent together = Embedded.Encode(batch);
        for (int i = 0; i < 3; i++)
            Assert.Equal(Embedded.Encode(batch.Slice(i)).Values, together.Values.AsSpan(i * 16 * 2 * 3, 16 * 2 * 3).ToArray());
        ImageTensor decoded = Embedded.Decode(together);
        Assert.Equal(Embedded.Decode(new Latent(LatentSpace.Flux1, together.Values[..(16 * 6)], 1, 2, 3)).Values, decoded.Slice(0).Values);
    }

    [Fact]
    public void SamplingIsReproducibleAndDependsOnTheSeed()
    {
        ImageTensor picture = Gradient(1, 16, 16);
        float[] mean = Embedded.Encode(picture).Values;
        float[] one = Embedded.Encode(picture, new EncodeOptions { Seed = 1 }).Values;
        Assert.Equal(one, Embedded.Encode(picture, new EncodeOptions { Seed = 1 }).Values);
        Assert.NotEqual(one, Embedded.Encode(picture, new EncodeOptions { Seed = 2 }).Values);
        Assert.NotEqual(one, mean);
        Assert.Equal("7", Embedded.Encode(picture, new EncodeOptions { Seed = 7 }).Provenance[LatentProvenance.Seed]);
        Assert.DoesNotContain(LatentProvenance.Seed, Embedded.Encode(picture).Provenance.Keys);
    }

    [Fact]
    public void TheLogVarianceIsKeptOnRequest()
    {
        ImageTensor picture = Gradient(1, 16, 16);
        Assert.Null(Embedded.Encode(picture).LogVariance);
        // Training held the log-variance near -12 (shared/models/README.md).
        Assert.InRange(Embedded.Encode(picture, new EncodeOptions { KeepPosterior = true }).LogVariance!.Average(), -16, -8);
    }

    [Fact]
    public void LatentsOfAnotherSpaceAreRefused()
    {
        var latent = new Latent(LatentSpace.Sd3, new float[16 * 4], 1, 2, 2);
        LatentSpaceMismatchException error = Assert.Throws<LatentSpaceMismatchException>(() => Embedded.Decode(latent));
        Assert.Equal((LatentSpace.Flux1, LatentSpace.Sd3, ErrorKind.Mismatch), (error.Expected, error.Found, error.Kind));
        Assert.Contains("TAESD3", error.Message, StringComparison.Ordinal);

        ImageTensor picture = Embedded.Decode(latent, new DecodeOptions { IgnoreSpaceMismatch = true });
        Assert.Contains("Stable Diffusion 3", Assert.Single(picture.Notes), StringComparison.Ordinal);
        var fourChannels = new Latent(LatentSpace.Sdxl, new float[4 * 4], 1, 2, 2);
        Assert.Throws<LatentSpaceMismatchException>(() => Embedded.Decode(fourChannels, new DecodeOptions { IgnoreSpaceMismatch = true }));
    }

    [Fact]
    public void ValuesThatAreNoNumbersAreRefusedAndCounted()
    {
        ImageTensor picture = Gradient(1, 8, 8);
        picture.Plane(0, 1)[3 * 8 + 5] = float.NaN;
        picture.Plane(0, 2)[0] = float.PositiveInfinity;
        LatentSharpException error = Assert.Throws<LatentSharpException>(() => Embedded.Encode(picture));
        Assert.Contains("1 of 192 values are NaN and 1 are infinite, the first at picture 0, channel 1, row 3, column 5", error.Message,
            StringComparison.Ordinal);

        var latent = new Latent(LatentSpace.Flux1, new float[16], 1, 1, 1);
        latent.Values[7] = float.NegativeInfinity;
        Assert.Contains("0 of 16 values are NaN and 1 are infinite",
            Assert.Throws<LatentSharpException>(() => Embedded.Decode(latent)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void PixelSpaceGivesPicturesBack()
    {
        ImageTensor picture = Gradient(2, 5, 7);
        Latent latent = Autoencoder.Pixels.Encode(picture);
        Assert.Equal((LatentSpace.Pixels, 5, 7), (latent.Space, latent.Height, latent.Width));
        Assert.Equal(picture.Values, Autoencoder.Pixels.Decode(latent).Values);
    }

    [Fact]
    public void ACancelledCallSaysSo()
        => Assert.Throws<OperationCanceledException>(
            () => Embedded.Encode(Gradient(1, 16, 16), cancellationToken: new CancellationToken(canceled: true)));

    [Fact]
    public void GiganticPicturesAreRefusedBeforeAnythingRuns()
        => Assert.Contains("larger than any plan can be",
            Assert.Throws<LatentSharpException>(() => Embedded.PlanDecode(400_000, 400_000)).Message, StringComparison.Ordinal);

    internal static ImageTensor Gradient(int batch, int height, int width)
    {
        var image = new ImageTensor(batch, height, width);
        for (int i = 0; i < batch; i++)
            for (int c = 0; c < 3; c++)
                for (int y = 0; y < height; y++)
                    for (int x = 0; x < width; x++)
                        image.Plane(i, c)[y * width + x] = (x + 0.5f) / width * 1.4f - 0.7f + 0.1f * i * c * (y + 0.5f) / height;
        return image;
    }
}
