using LatentSharp.Bench.Weights;
using LatentSharp.Cpu;
using LatentSharp.Models.Autoencoders;
using LatentSharp.Tests.Reference;

namespace LatentSharp.Tests.Autoencoders;

/// <summary>
/// The FLUX.1 network in its real size, 83,819,683 parameters by formula (shared/golden/README.md, flux-ae-full), against
/// black-forest-labs/flux 802fb47 in float64.
/// </summary>
public sealed class FullSizeGoldenTests
{
    private const double Tolerance = 1e-4;
    private const string Reference = "flux 802fb47, float64";

    [Theory]
    [InlineData("z0")]
    [InlineData("z1")]
    public void DecoderAgrees(string name)
    {
        var golden = new Golden("flux-ae-full/flux-full-io.safetensors");
        var shape = golden.ShapeOf(name + ".z");
        float[] model = new float[golden[name + ".z"].Length];
        LatentSpace.Flux1.ToModel(golden[name + ".z"], model, (int)shape[2], (int)shape[3]);
        float[] decoded =
            KLGoldenTests.Run(
                DefaultDevice.Compile(AutoencoderKL.Decoder(BenchFiles.Weights(BenchModel.Flux1), (int)shape[2], (int)shape[3])), model);
        Correctness.Check($"flux-full {name} decoded", Reference, golden[name + ".decoded"], decoded, Tolerance);
        Correctness.CheckPixels($"FLUX.1 in full size, {shape[3] * 8} x {shape[2] * 8} ({name})", Reference,
            Array.ConvertAll(golden[name + ".decoded"], v => (double)v), decoded);
    }

    [Theory]
    [InlineData("i0")]
    [InlineData("i1")]
    public void EncoderAgrees(string name)
    {
        var golden = new Golden("flux-ae-full/flux-full-io.safetensors");
        var shape = golden.ShapeOf(name + ".image");
        float[] moments =
            KLGoldenTests.Run(
                DefaultDevice.Compile(AutoencoderKL.Encoder(BenchFiles.Weights(BenchModel.Flux1), (int)shape[2], (int)shape[3])),
                golden[name + ".image"]);
        Correctness.Check($"flux-full {name} moments", Reference, golden[name + ".moments"], moments, Tolerance);
    }
}
