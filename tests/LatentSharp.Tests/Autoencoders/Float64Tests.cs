using LatentSharp.Compute;
using LatentSharp.Tests.Reference;

namespace LatentSharp.Tests.Autoencoders;

/// <summary>
/// The embedded autoencoder's pictures against a direct evaluation in float64 (<see cref="ReferenceExecutor"/>), from the latents of a
/// photograph. Needs nothing but the checkout.
/// </summary>
public sealed class Float64Tests
{
    [Theory]
    [InlineData(72, 56, false)]
    [InlineData(512, 512, true)]   // 82 G multiply-adds in double: a minute
    public void APhotographIsDecodedAsInFloat64(int width, int height, bool isLong)
    {
        Assert.SkipWhen(isLong && Environment.GetEnvironmentVariable("LATENTSHARP_LONG") != "1", "LATENTSHARP_LONG=1 runs it");
        Autoencoder autoencoder = EmbeddedAutoencoder.Shared;
        ImageTensor photo = PictureFile.Load(Repository.Path("assets/photos/fur-kitten.png")).Image;
        var part = new ImageTensor(1, height, width);
        for (int c = 0; c < ImageTensor.Channels; c++)
            for (int y = 0; y < height; y++)
                photo.Plane(0, c).Slice(((photo.Height - height) / 2 + y) * photo.Width + (photo.Width - width) / 2, width)
                    .CopyTo(part.Plane(0, c)[(y * width)..]);

        Latent latent = autoencoder.Encode(part);
        Plan plan = autoencoder.PlanDecode(height, width);
        var model = new float[plan.Inputs[0].Shape.Count];
        autoencoder.Space.ToModel(latent.Values, model, latent.Height, latent.Width);
        double[] expected = ReferenceExecutor.Run(autoencoder.DecoderGraph(height, width), model);
        Correctness.CheckPixels($"embedded, a photograph, {width} x {height}", "direct evaluation", expected, KLGoldenTests.Run(plan, model));
    }
}
