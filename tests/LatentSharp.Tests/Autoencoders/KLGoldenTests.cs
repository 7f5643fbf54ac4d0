using LatentSharp.Compute;
using LatentSharp.Cpu;
using LatentSharp.Models.Autoencoders;
using LatentSharp.Tensors;
using LatentSharp.Tests.Reference;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.Autoencoders;

/// <summary>
/// Files opened as users open them, encoded and decoded on the CPU engine, against the original implementations in float64:
/// black-forest-labs/flux 802fb47 (shared/golden/flux-ae), the same classes with quantisation convolutions (sd-vae),
/// black-forest-labs/flux2 ab7cca6 (flux2-ae). 1e-4 of the range is the project's own bar for float32.
/// </summary>
public sealed class KLGoldenTests
{
    private const double Tolerance = 1e-4;

    private const string Flux = "flux 802fb47, float64", Flux2 = "flux2 ab7cca6, float64";

    public static TheoryData<string, string, string, string> Cases()
    {
        var data = new TheoryData<string, string, string, string>();
        foreach (string name in (string[])["a", "b", "c", "d"])
        {
            data.Add("models/synthetic/flux-ch32-bf16.safetensors", "flux-ae/flux-ch32-io.safetensors", name, Flux);
            data.Add("models/synthetic/flux-ch32-diffusers.safetensors", "flux-ae/flux-ch32-io.safetensors", name, Flux);
        }
        foreach (string name in (string[])["a", "b"])
            foreach (string type in (string[])["", "-bf16", "-fp16"])
                data.Add($"golden/flux-ae/flux-ch32s{type}.safetensors", $"flux-ae/flux-ch32s{type}-io.safetensors", name, Flux);
        foreach (string name in (string[])["a", "b", "c"])
        {
            data.Add("golden/sd-vae/sd-ch32.safetensors", "sd-vae/sd-ch32-io.safetensors", name, Flux);
            data.Add("golden/sd-vae/sd-ch32-diffusers-old-attn.safetensors", "sd-vae/sd-ch32-io.safetensors", name, Flux);
            data.Add("golden/flux2-ae/flux2-ch32.safetensors", "flux2-ae/flux2-ch32-io.safetensors", name, Flux2);
            data.Add("golden/flux2-ae/flux2-ch32-diffusers.safetensors", "flux2-ae/flux2-ch32-io.safetensors", name, Flux2);
        }
        foreach (string name in (string[])["a", "b"])
            data.Add("golden/flux2-ae/flux2-small-decoder.safetensors", "flux2-ae/flux2-small-decoder-io.safetensors", name, Flux2);
        return data;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void AgreesWithTheReference(string model, string expected, string name, string reference)
    {
        using Autoencoder autoencoder = Autoencoder.Open(Shared.Path(model));
        var golden = new Golden(expected);
        double tolerance = Tolerance;
        string label = $"{Path.GetFileNameWithoutExtension(model)} {name}";
        ImageTensor image = Image(golden, name + ".image");

        Plan plan = autoencoder.PlanEncode(image.Height, image.Width);
        var moments = new float[golden[name + ".moments"].Length];
        int size = moments.Length / image.Batch;
        for (int i = 0; i < image.Batch; i++) plan.Run(image.Slice(i).Values, moments.AsSpan(i * size, size));
        Correctness.Check($"{label} moments", reference, golden[name + ".moments"], moments, tolerance);

        Latent latent = autoencoder.Encode(image);
        Correctness.Check($"{label} latent", reference, golden[name + ".latent"], latent.Values, tolerance);
        if (golden.Has(name + ".sampled_latent"))
        {
            Latent sampled = autoencoder.Encode(image, new EncodeOptions { Noise = golden[name + ".noise"], KeepPosterior = true });
            Correctness.Check($"{label} sampled", reference, golden[name + ".sampled_latent"], sampled.Values, tolerance);
            Correctness.Check($"{label} log-variance", reference, golden[name + ".logvar"], sampled.LogVariance, tolerance);
        }

        Shape z = golden.ShapeOf(name + ".z");
        ImageTensor decoded = autoencoder.Decode(new Latent(autoencoder.Space, golden[name + ".z"], (int)z[0], (int)z[2], (int)z[3]));
        Correctness.Check($"{label} decoded", reference, golden[name + ".decoded"], decoded.Values, tolerance);
    }

    /// <summary>
    /// A size that is no multiple of 8 (70x50): the reference rounds down at every level. The library pads before it encodes, so this is
    /// the network alone.
    /// </summary>
    [Fact]
    public void TheNetworkRoundsOddSizesDown()
    {
        using var weights = SafetensorsFile.Open(Shared.Path("models/synthetic/flux-ch32-bf16.safetensors"));
        var golden = new Golden("flux-ae/flux-ch32-io.safetensors");
        float[] moments = Run(DefaultDevice.Compile(AutoencoderKL.Encoder(weights, 70, 50)), golden["e.image"]);
        Correctness.Check("flux-ch32-bf16 e moments", Flux, golden["e.moments"], moments, Tolerance);
        float[] model = Array.ConvertAll(golden["e.z"], z => z / 0.3611f + 0.1159f);
        float[] decoded = Run(DefaultDevice.Compile(AutoencoderKL.Decoder(weights, 1, 1)), model);
        Correctness.Check("flux-ch32-bf16 e decoded", Flux, golden["e.decoded"], decoded, Tolerance);
    }

    internal static ImageTensor Image(Golden golden, string name)
    {
        Shape shape = golden.ShapeOf(name);
        return new ImageTensor(golden[name], (int)shape[0], (int)shape[2], (int)shape[3]);
    }

    internal static float[] Run(Plan plan, float[] input)
    {
        var output = new float[plan.Outputs[0].Shape.Count];
        plan.Run(input, output);
        return output;
    }
}
