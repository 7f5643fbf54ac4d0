using LatentSharp.Models.Autoencoders;
using LatentSharp.Tensors;
using LatentSharp.Tests.Reference;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.Vulkan;

/// <summary>
/// The autoencoders of each family on a card, against the original implementations in float64 (the same data and the same bar
/// as on the processor). Small sizes always, others with LATENTSHARP_LONG=1.
/// </summary>
public sealed class VulkanGoldenTests
{
    private const double Tolerance = 1e-4, ToleranceOfHalves = 2e-3;
    private const string Flux = "flux 802fb47, float64", Flux2 = "flux2 ab7cca6, float64", Wan = "Wan2.1 9737cba, Wan2.2 42bf4cf, float64",
        Sana = "diffusers 58eb52c, float64",
        Tiny = "taesd 5cccb12, float64";

    private static bool IsLong => Environment.GetEnvironmentVariable("LATENTSHARP_LONG") == "1";

    public static TheoryData<string, string, string, string> Cases()
    {
        var data = new TheoryData<string, string, string, string>();
        Add("models/synthetic/flux-ch32-bf16.safetensors", "flux-ae/flux-ch32-io", "", "d", Flux);
        Add("golden/flux-ae/flux-ch32s-fp16.safetensors", "flux-ae/flux-ch32s-fp16-io", "", "a", Flux);
        Add("golden/sd-vae/sd-ch32.safetensors", "sd-vae/sd-ch32-io", "", "b", Flux);
        Add("golden/flux2-ae/flux2-ch32.safetensors", "flux2-ae/flux2-ch32-io", "c", "", Flux2);
        Add("golden/flux2-ae/flux2-small-decoder.safetensors", "flux2-ae/flux2-small-decoder-io", "", "b", Flux2);
        Add("golden/wan-ae/wan22-d4.safetensors", "wan-ae/wan22-d4-io", "c", "", Wan);
        Add("golden/wan-ae/qwen-d3.safetensors", "wan-ae/qwen-d3-io", "f", "d", Wan);
        Add("golden/dc-ae/sana-f32.safetensors", "dc-ae/sana-f32-io", "c", "", Sana);
        Add("golden/dc-ae/dc-shuffle-f8.safetensors", "dc-ae/dc-shuffle-f8-io", "b", "", Sana);
        return data;

        void Add(string model, string expected, string always, string only, string reference)
        {
            foreach (char name in always + (IsLong ? only : "")) data.Add(model, expected, name.ToString(), reference);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Agrees_with_the_reference(string model, string expected, string name, string reference)
        => Compare(model, expected, name, reference, Options, "vulkan");

    /// <summary>Winograd's sums are held to the same bar.</summary>
    [Theory]
    [MemberData(nameof(Cases))]
    public void Agrees_with_the_reference_in_fp32_fast(string model, string expected, string name, string reference)
        => Compare(model, expected, name, reference, Options with { Precision = Precision.Float32Fast }, "vulkan fp32-fast");

    [Theory]
    [MemberData(nameof(Cases))]
    public void Agrees_with_the_reference_in_fp16(string model, string expected, string name, string reference)
    {
        ComputeOptions options = Options with { Precision = Precision.Float16 };
        using Autoencoder autoencoder = Autoencoder.Open(Shared.Path(model));
        var golden = new Golden(expected + ".safetensors");
        string label = $"vulkan fp16 {Path.GetFileNameWithoutExtension(model)} {name}";
        Shape image = golden.ShapeOf(name + ".image"), z = golden.ShapeOf(name + ".z");
        Latent latent = autoencoder.Encode(new ImageTensor(golden.Picture(name + ".image", 0), 1, (int)image[2], (int)image[3]),
            new EncodeOptions { Compute = options });
        Correctness.CheckRms($"{label} latent", reference, golden.Picture(name + ".latent", 0), latent.Values, ToleranceOfHalves);
        ImageTensor decoded = autoencoder.Decode(new Latent(autoencoder.Space, golden.Picture(name + ".z", 0), 1, (int)z[2], (int)z[3]),
            new DecodeOptions { Compute = options });
        Correctness.CheckRms($"{label} decoded", reference, golden.Picture(name + ".decoded", 0), decoded.Values, ToleranceOfHalves);
    }

    /// <summary>A size that no level divides, and a latent of one position.</summary>
    [Fact]
    public void The_network_of_FLUX_1_at_odd_sizes()
    {
        using SafetensorsFile weights = SafetensorsFile.Open(Shared.Path("models/synthetic/flux-ch32-bf16.safetensors"));
        var golden = new Golden("flux-ae/flux-ch32-io.safetensors");
        float[] model = Array.ConvertAll(golden["e.z"], z => z / 0.3611f + 0.1159f);
        Correctness.Check("vulkan flux-ch32-bf16 e decoded", Flux, golden["e.decoded"],
            VulkanNetwork.Run(AutoencoderKL.Decoder(weights, 1, 1), model), Tolerance);
        if (IsLong)
            Correctness.Check("vulkan flux-ch32-bf16 e moments", Flux, golden["e.moments"],
                VulkanNetwork.Run(AutoencoderKL.Encoder(weights, 70, 50), golden["e.image"]), Tolerance);
    }

    /// <summary>Latents of deviation 4 on the tiny autoencoders, far into the soft clamp in front of the decoder.</summary>
    [Theory]
    [InlineData("taef1", "taef1_decoder.safetensors", true)]
    [InlineData("taesd", "taesd_decoder.safetensors", false)]
    [InlineData("taesdxl", "taesdxl_decoder.safetensors", false)]
    [InlineData("taesd3", "taesd3_decoder.safetensors", false)]
    [InlineData("taef2", "taef2_decoder.pth", false)]
    public void Tiny_decoders(string name, string file, bool always)
    {
        if (!always && !IsLong) Assert.Skip("LATENTSHARP_LONG=1 computes all of them");
        using Autoencoder autoencoder = Autoencoder.Open(Shared.Path("models/tiny/" + file));
        var golden = new Golden($"tiny/{name}-io.safetensors");
        Shape wild = golden.ShapeOf("wild.z");
        foreach ((string mode, Precision precision) in (ReadOnlySpan<(string, Precision)>)[("vulkan", default), ("vulkan fp32-fast", Precision.Float32Fast)])
        {
            float[] picture = VulkanNetwork.Run(TinyAutoencoder.Decoder(autoencoder.Weights, (int)wild[2], (int)wild[3]), golden["wild.z"],
                precision: precision);
            Correctness.Check($"{mode} {name} wild decoded", Tiny, golden["wild.decoded"], picture, Tolerance);
        }
    }

    private static void Compare(string model, string expected, string name, string reference, ComputeOptions options, string mode)
    {
        using Autoencoder autoencoder = Autoencoder.Open(Shared.Path(model));
        var golden = new Golden(expected + ".safetensors");
        string label = $"{mode} {Path.GetFileNameWithoutExtension(model)} {name}";
        Shape image = golden.ShapeOf(name + ".image");
        float[] picture = golden.Picture(name + ".image", 0);
        Latent latent = autoencoder.Encode(new ImageTensor(picture, 1, (int)image[2], (int)image[3]),
            new EncodeOptions { Compute = options });
        Correctness.Check($"{label} latent", reference, golden.Picture(name + ".latent", 0), latent.Values, Tolerance);
        Shape z = golden.ShapeOf(name + ".z");
        ImageTensor decoded = autoencoder.Decode(new Latent(autoencoder.Space, golden.Picture(name + ".z", 0), 1, (int)z[2], (int)z[3]),
            new DecodeOptions { Compute = options });
        Correctness.Check($"{label} decoded", reference, golden.Picture(name + ".decoded", 0), decoded.Values, Tolerance);
    }

    private static ComputeOptions Options => new() { Device = VulkanNetwork.Shared };
}
