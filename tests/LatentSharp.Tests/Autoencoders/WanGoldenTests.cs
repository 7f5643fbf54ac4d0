using LatentSharp.Models.Autoencoders;
using LatentSharp.Tensors;
using LatentSharp.Tests.Reference;

namespace LatentSharp.Tests.Autoencoders;

/// <summary>
/// Wan 2.1, Qwen-Image, Wan 2.2 TI2V-5B and Qwen-Image-2.1 on one picture, in original and diffusers names, against Wan-Video/Wan2.1
/// 9737cba and Wan2.2 42bf4cf with their frame cache (Qwen-Image-2.1: AutoencoderKLWan of diffusers with its convolution), float64
/// (shared/golden/wan-ae).
/// </summary>
public sealed class WanGoldenTests
{
    private const double Tolerance = 1e-4;
    private const string Reference = "Wan2.1 9737cba, Wan2.2 42bf4cf, float64";

    public static TheoryData<string, string> Cases()
    {
        var data = new TheoryData<string, string>();
        foreach ((string model, string cases) in ((string, string)[])[("wan21-d6", "abc"), ("qwen-d3", "acdf"), ("wan22-d4", "abc"),
            ("qwen21-d3", "abc")])
            foreach (char name in cases)
            {
                data.Add(model, name.ToString());
                data.Add(model + "-diffusers", name.ToString());
            }
        return data;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void AgreesWithTheReference(string model, string name)
    {
        using Autoencoder autoencoder = Autoencoder.Open(Shared.Path($"golden/wan-ae/{model}.safetensors"));
        var golden = new Golden($"wan-ae/{model.Replace("-diffusers", "", StringComparison.Ordinal)}-io.safetensors");
        Assert.True(autoencoder.HasPosterior);

        ImageTensor image = Picture(golden, name + ".image");
        Correctness.Check($"{model} {name} latent", Reference, golden[name + ".latent"], autoencoder.Encode(image).Values, Tolerance);
        Shape z = golden.ShapeOf(name + ".z");
        ImageTensor decoded = autoencoder.Decode(new Latent(autoencoder.Space, golden[name + ".z"], (int)z[0], (int)z[2], (int)z[3]));
        Correctness.Check($"{model} {name} decoded", Reference, golden[name + ".decoded"], Planes(decoded), Tolerance);
    }

    [Theory]
    [InlineData("wan21-d6")]
    [InlineData("wan22-d4")]
    [InlineData("qwen21-d3")]
    public void TheSampledLatentAgrees(string model)
    {
        using Autoencoder autoencoder = Autoencoder.Open(Shared.Path($"golden/wan-ae/{model}.safetensors"));
        var golden = new Golden($"wan-ae/{model}-io.safetensors");
        Latent sampled = autoencoder.Encode(Picture(golden, "a.image"), new EncodeOptions { Noise = golden["a.noise"] });
        Correctness.Check($"{model} a sampled", Reference, golden["a.sampled_latent"], sampled.Values, Tolerance);
    }

    // Sizes that no level divides: the networks round down, where the public calls would continue the picture.
    [Theory]
    [InlineData("wan21-d6")]
    [InlineData("qwen-d3")]
    public void OddSizesRoundDown(string model)
    {
        using Autoencoder autoencoder = Autoencoder.Open(Shared.Path($"golden/wan-ae/{model}.safetensors"));
        var golden = new Golden($"wan-ae/{model}-io.safetensors");
        Shape image = golden.ShapeOf("e.image");
        double[] moments = ReferenceExecutor.Run(WanAutoencoder.Encoder(autoencoder.Weights, (int)image[2], (int)image[3]),
            golden.Picture("e.image", 0));
        float[] expected = golden.Picture("e.moments", 0);
        double error = expected.Zip(moments, (e, f) => Math.Abs(e - f)).Max() / (expected.Max() - expected.Min());
        Assert.Equal(expected.Length, moments.Length);
        Assert.True(error <= 1e-6, $"{error:g3} of the range");     // float64 on both sides: the rounding of the expected values is left
    }

    [Theory]
    [InlineData("wan21-d6", "wan21")]
    [InlineData("qwen-d3-diffusers", "wan21")]
    [InlineData("wan22-d4-diffusers", "wan22")]
    [InlineData("qwen21-d3", "qwen-image-2.1")]
    public void TheSpaceIsTold(string model, string space)
    {
        using Autoencoder autoencoder = Autoencoder.Open(Shared.Path($"golden/wan-ae/{model}.safetensors"));
        Assert.Equal(space, autoencoder.Space.Id);
        Assert.Equal(space, autoencoder.Family.Id);
    }

    // The golden pictures of Qwen-Image-2.1 have four channels, the last their opacity.
    private static ImageTensor Picture(Golden golden, string key)
    {
        Shape shape = golden.ShapeOf(key);
        if (shape[1] == ImageTensor.Channels) return KLGoldenTests.Image(golden, key);
        int batch = (int)shape[0], plane = (int)(shape[2] * shape[3]);
        var image = new ImageTensor(batch, (int)shape[2], (int)shape[3]) { Opacity = new float[batch * plane] };
        for (int i = 0; i < batch; i++)
        {
            golden[key].AsSpan(i * 4 * plane, 3 * plane).CopyTo(image.Values.AsSpan(i * 3 * plane));
            golden[key].AsSpan((i * 4 + 3) * plane, plane).CopyTo(image.Opacity.AsSpan(i * plane));
        }
        return image;
    }

    private static float[] Planes(ImageTensor image)
    {
        if (image.Opacity is null) return image.Values;
        int plane = image.Height * image.Width;
        var values = new float[image.Batch * 4 * plane];
        for (int i = 0; i < image.Batch; i++)
        {
            image.Values.AsSpan(i * 3 * plane, 3 * plane).CopyTo(values.AsSpan(i * 4 * plane));
            image.Opacity.AsSpan(i * plane, plane).CopyTo(values.AsSpan((i * 4 + 3) * plane));
        }
        return values;
    }
}
