using LatentSharp.Compute;
using LatentSharp.Cpu;
using LatentSharp.Cpu.Simd;
using LatentSharp.Tensors;
using LatentSharp.Tests.Reference;

namespace LatentSharp.Tests.Autoencoders;

/// <summary>
/// Whole autoencoders on every vector width against the original implementations in float64: one small case of each kind of network. All
/// the other golden tests run with the widest vectors; LATENTSHARP_SIMD=scalar, 128 or 256 in the environment runs them with others.
/// </summary>
public sealed class SimdGoldenTests
{
    private const double Tolerance = 1e-4;   // of the range: the project's own bar for float32

    public static TheoryData<SimdLevel, string, string, string> Cases()
    {
        var data = new TheoryData<SimdLevel, string, string, string>();
        foreach (SimdLevel level in Enum.GetValues<SimdLevel>())
        {
            data.Add(level, "models/synthetic/flux-ch32-bf16.safetensors", "flux-ae/flux-ch32-io.safetensors", "b");
            data.Add(level, "golden/sd-vae/sd-ch32.safetensors", "sd-vae/sd-ch32-io.safetensors", "b");
            data.Add(level, "golden/flux2-ae/flux2-small-decoder.safetensors", "flux2-ae/flux2-small-decoder-io.safetensors", "b");
            data.Add(level, "golden/dc-ae/sana-f32.safetensors", "dc-ae/sana-f32-io.safetensors", "b");
            data.Add(level, "golden/dc-ae/dc-shuffle-f8.safetensors", "dc-ae/dc-shuffle-f8-io.safetensors", "b");
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void AgreesWithTheReference(SimdLevel level, string model, string expected, string name)
    {
        Require(level);
        using Autoencoder autoencoder = Autoencoder.Open(Shared.Path(model));
        var golden = new Golden(expected);
        var compute = new ComputeOptions { Device = new CpuDevice(level) };

        ImageTensor image = KLGoldenTests.Image(golden, name + ".image");
        Assert.Equal(level.ToString(), autoencoder.PlanEncode(image.Height, image.Width, compute).Kernels);
        AssertClose(golden[name + ".latent"], autoencoder.Encode(image, new EncodeOptions { Compute = compute }).Values);
        Shape z = golden.ShapeOf(name + ".z");
        var latent = new Latent(autoencoder.Space, golden[name + ".z"], (int)z[0], (int)z[2], (int)z[3]);
        AssertClose(golden[name + ".decoded"], autoencoder.Decode(latent, new DecodeOptions { Compute = compute }).Values);
    }

    /// <summary>TAESD's family has no normalisation, but ReLU and a clamp in front; latents far into the clamp.</summary>
    [Theory]
    [InlineData(SimdLevel.Scalar)]
    [InlineData(SimdLevel.Vector128)]
    [InlineData(SimdLevel.Vector256)]
    [InlineData(SimdLevel.Vector512)]
    public void TinyAgreesWithTheReference(SimdLevel level)
    {
        Require(level);
        using Autoencoder autoencoder = Autoencoder.Open(Shared.Path("models/tiny/taef1_decoder.safetensors"));
        var golden = new Golden("tiny/taef1-io.safetensors");
        Shape wild = golden.ShapeOf("wild.z");
        Plan plan = DefaultDevice.Compile(autoencoder.DecoderGraph((int)wild[2] * 8, (int)wild[3] * 8),
            new ComputeOptions { Device = new CpuDevice(level) });
        AssertClose(golden["wild.decoded"], KLGoldenTests.Run(plan, golden["wild.z"]));
    }

    private static void Require(SimdLevel level) => Assert.SkipUnless(level <= SimdLevels.Widest, $"this processor has no {level}");

    private static void AssertClose(float[] expected, float[] found)
    {
        Assert.Equal(expected.Length, found.Length);
        double range = expected.Max() - expected.Min(), largest = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            double difference = Math.Abs((double)expected[i] - found[i]);
            Assert.False(double.IsNaN(difference));
            largest = Math.Max(largest, difference);
        }
        Assert.InRange(largest / range, 0, Tolerance);
    }
}
