using LatentSharp.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.CommandLine;

/// <summary>
/// <c>latent run</c> on autoencoders of every family and on UNets on pixels, under the names of the reference data. The expected values
/// are those of the original implementations in float64 (shared/golden); 1e-4 of the range is the project's bar for float32.
/// </summary>
[Collection(CommandsCollection.Name)]
public sealed class RunAutoencoderTests : IDisposable
{
    private const double Tolerance = 1e-4;

    private readonly Workplace place = new();

    public void Dispose() => place.Dispose();

    // Weights of encoder and decoder, reference file, case, what the encoder and the decoder have to give.
    public static TheoryData<string, string, string, string> Encoders() => new()
    {
        { "golden/flux-ae/flux-ch32s.safetensors", "flux-ae/flux-ch32s-io", "b", "moments mean logvar latent" },
        { "models/synthetic/flux-ch32-bf16.safetensors", "flux-ae/flux-ch32-io", "e", "mean logvar latent" },
        { "golden/sd-vae/sd-ch32.safetensors", "sd-vae/sd-ch32-io", "c", "moments mean logvar latent" },
        { "golden/flux2-ae/flux2-ch32.safetensors", "flux2-ae/flux2-ch32-io", "c", "moments mean latent" },
        { "golden/wan-ae/wan21-d6.safetensors", "wan-ae/wan21-d6-io", "a", "moments mean logvar latent" },
        { "golden/wan-ae/wan22-d4.safetensors", "wan-ae/wan22-d4-io", "a", "moments mean logvar latent" },
        { "golden/wan-ae/qwen21-d3.safetensors", "wan-ae/qwen21-d3-io", "a", "moments mean logvar latent" },
        { "golden/dc-ae/sana-f32.safetensors", "dc-ae/sana-f32-io", "b", "encoded latent" },
        { "models/tiny/taef1_encoder.safetensors", "gradients/taef1-io", "encoder", "latent" },
        { "golden/flux-ae/flux-ch32s.safetensors", "gradients/flux-ae-io", "roundtrip", "moments" },
        { "golden/sd-vae/sd-ch32.safetensors", "gradients/sd-vae-io", "a", "moments" },
    };

    public static TheoryData<string, string, string> Decoders() => new()
    {
        { "golden/flux-ae/flux-ch32s.safetensors", "flux-ae/flux-ch32s-io", "a" },
        { "golden/sd-vae/sd-ch32.safetensors", "sd-vae/sd-ch32-io", "c" },
        { "golden/flux2-ae/flux2-ch32.safetensors", "flux2-ae/flux2-ch32-io", "c" },
        { "golden/wan-ae/wan21-d6.safetensors", "wan-ae/wan21-d6-io", "a" },
        { "golden/wan-ae/wan22-d4.safetensors", "wan-ae/wan22-d4-io", "a" },
        { "golden/wan-ae/qwen21-d3.safetensors", "wan-ae/qwen21-d3-io", "a" },
        { "golden/dc-ae/sana-f32.safetensors", "dc-ae/sana-f32-io", "b" },
        { "models/tiny/taesd_decoder.safetensors", "tiny/taesd-io", "wild" },
        { "models/tiny/taef1_decoder.safetensors", "gradients/taef1-io", "decoder" },
        { "golden/flux-ae/flux-ch32s.safetensors", "gradients/flux-ae-io", "l1" },       // z, scale and shift applied
        { "golden/flux-ae/flux-ch32s.safetensors", "gradients/flux-ae-io", "kl" },       // sampled
        { "golden/sd-vae/sd-ch32.safetensors", "gradients/sd-vae-io", "a" },             // sampled
    };

    [Theory]
    [MemberData(nameof(Encoders))]
    public void Encoder(string weights, string io, string name, string outputs)
    {
        using WeightFile golden = Open(io);
        Inputs(golden, name + ".", "image");
        place.Latent("run", Shared.Path(weights), "--network", "encoder", "--inputs", "in.safetensors", "-o", "out.safetensors").Expect(0);
        foreach (string output in outputs.Split(' ')) Close(golden, $"{name}.{output}", output);
    }

    [Theory]
    [MemberData(nameof(Decoders))]
    public void Decoder(string weights, string io, string name)
    {
        using WeightFile golden = Open(io);
        Inputs(golden, name + ".", "z", "sampled");
        place.Latent("run", Shared.Path(weights), "--inputs", "in.safetensors", "-o", "out.safetensors").Expect(0);
        Close(golden, name + ".decoded", "decoded");
    }

    [Theory]
    [InlineData("cifar-w32.safetensors", "cifar-w32", "unet2d/cifar-w32-io", "c")]       // two items with their times
    [InlineData("cat-w32-legacy.bin", "cat-w32-legacy", "unet2d/cat-w32-io", "b")]
    [InlineData("cifar-w32.safetensors", "cifar-w32", "gradients/unet2d-io", "a")]
    public void UNet(string weights, string config, string io, string name)
    {
        using WeightFile golden = Open(io);
        Inputs(golden, name + ".", "sample", "timestep");
        Assert.Equal("unet", place.Latent("run", Shared.Path("golden/unet2d/" + weights), "--inputs", "in.safetensors", "-o", "out.safetensors",
            "--config", Shared.Path($"golden/unet2d/{config}.config.json"), "--json").Expect(0).Json.GetProperty("kind").GetString());
        Close(golden, name + ".out", "out");
    }

    [Fact]
    public void What_does_not_fit_is_said()
    {
        string flux = Shared.Path("golden/flux-ae/flux-ch32s.safetensors"), unet = Shared.Path("golden/unet2d/cifar-w32.safetensors");
        using WeightFile sd = Open("sd-vae/sd-ch32-io"), cifar = Open("unet2d/cifar-w32-io"), own = Open("flux-ae/flux-ch32s-io");
        Inputs(own, "a.", "image", "z");
        Refused(2, "encoder or decoder", flux);
        Inputs(sd, "a.", "z");
        Refused(3, "z has 4 channels; the network takes 16", flux);
        Refused(3, "image is missing", flux, "--network", "encoder");
        Inputs(cifar, "a.", "sample");
        Refused(3, "timestep is missing", unet);
        Refused(5, "a UNet on pixels was expected", flux);
        Inputs(cifar, "a.", "timestep");
        Refused(3, "a decoder z", unet);
        Assert.False(File.Exists(place.File("out.safetensors")));

        void Refused(int code, string part, string network, params string[] more)
            => Assert.Contains(part, place.Latent(["run", network, "--inputs", "in.safetensors", "-o", "out.safetensors", .. more]).Expect(code).Error,
                StringComparison.Ordinal);
    }

    private void Inputs(WeightSource golden, string prefix, params string[] names)
        => SafetensorsWriter.Write(place.File("in.safetensors"), names.Where(n => golden.Tensors.ContainsKey(prefix + n))
            .Select(n => SafetensorsEntry.Copy(golden, golden.Tensors[prefix + n], n, golden.Tensors[prefix + n].Shape)));

    private void Close(WeightSource expected, string name, string output)
    {
        using WeightFile file = WeightFiles.Open(place.File("out.safetensors"));
        Assert.Equal(expected.Tensors[name].Shape, file.Tensors[output].Shape);
        float[] wanted = expected.Read(expected.Tensors[name]), found = file.Read(file.Tensors[output]);
        double error = wanted.Zip(found, (e, f) => Math.Abs((double)e - f)).Max(), range = wanted.Max() - wanted.Min();
        Assert.True(error <= Tolerance * range, $"{name}: largest difference {error:g3}, {error / range:g3} of the range");
    }

    private static WeightFile Open(string relative) => WeightFiles.Open(Shared.Path($"golden/{relative}.safetensors"));
}
