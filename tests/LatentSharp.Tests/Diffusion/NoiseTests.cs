using System.Globalization;
using LatentSharp.Diffusion.Noise;
using LatentSharp.Latents;
using LatentSharp.Tensors;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.Diffusion;

public sealed class NoiseTests
{
    private static readonly ulong[] Seeds = [0, 42, 2147483655, 4294967301, 9223372036854775807];

    // The first outputs of mt19937 for two seeds, as std::mt19937 gives them.
    [Theory]
    [InlineData(0u, new[] { 0x8c7f0aacu, 0x97c4aa2fu, 0xb716a675u, 0xd821ccc0u })]
    [InlineData(42u, new[] { 0x5fe1dc66u, 0xcbea3db3u, 0xf362035cu, 0x2ef5950eu })]
    public void MersenneTwisterGivesTheKnownWords(uint seed, uint[] expected)
    {
        var words = new MersenneTwister(seed);
        Assert.Equal(expected, expected.Select(_ => words.Next()));
    }

    // torch.manual_seed(42); torch.randn(1, 16, 8, 12), and the same with dtype=torch.bfloat16, PyTorch 1.13 on x64.
    [Fact]
    public void TorchNumbersOfSeed42()
    {
        float[] single = new float[1536], brain = new float[1536];
        new TorchGenerator(42).Fill(single);
        new TorchGenerator(42).Fill(brain, ElementType.BF16);
        Assert.Equal([1.9269153f, 1.4872841f, 0.9007172f, -2.105521f], single[..4]);
        Assert.Equal([-0.80859375f, -1.53125f, 0.40625f, 0.171875f], brain[..4]);
        Assert.True(brain.Max(MathF.Abs) < 3.34f);
    }

    // torch.manual_seed(0); torch.randn(4): the method for fewer than sixteen numbers.
    [Fact]
    public void FewNumbersAreDrawnInPairs()
    {
        var four = new float[4];
        new TorchGenerator(0).Fill(four);
        Assert.Equal([1.5409961f, -0.2934289f, -2.1787894f, 0.56843126f], four);
    }

    [Theory]
    [InlineData(ElementType.F32)]
    [InlineData(ElementType.BF16)]
    [InlineData(ElementType.F16)]
    public void MomentsAreThoseOfTheStandardNormal(ElementType type)
    {
        var noise = new float[1 << 18];
        new TorchGenerator(9).Fill(noise, type);
        double mean = noise.Average(v => (double)v), variance = noise.Average(v => (v - mean) * (v - mean));
        // Five standard errors at n = 2^18: 0.0098 and 0.0138. bfloat16 has 256 radii only, whose squares average 1.987 instead of 2.
        Assert.InRange(mean, -0.0098, 0.0098);
        Assert.InRange(variance, 1 - 0.0138 - (type == ElementType.BF16 ? 0.007 : 0), 1 + 0.0138);
    }

    [Fact]
    public void OnlyTheLowerHalfOfASeedCountsOnTheCpuAndAllOfItOnTheDevice()
    {
        float[] a = new float[64], b = new float[64];
        new TorchGenerator(5).Fill(a);
        new TorchGenerator(5 + (1UL << 32)).Fill(b);
        Assert.Equal(a, b);
        new CudaGenerator(5).Fill(a);
        new CudaGenerator(5 + (1UL << 32)).Fill(b);
        Assert.NotEqual(a, b);
    }

    [Fact]
    public void OtherTypesAreRefused()
        => Assert.Throws<ArgumentOutOfRangeException>(() => new TorchGenerator(0).Fill(new float[32], ElementType.F8_E4M3));

    [Fact]
    public void OrdersDifferInWhatTheSecondPictureGets()
    {
        const int picture = 64;
        float[] first = InitialNoise.Draw(NoiseKind.TorchFloat32, NoiseOrder.Bfl, 7, 1, picture),
            second = InitialNoise.Draw(NoiseKind.TorchFloat32, NoiseOrder.Bfl, 8, 1, picture);
        Assert.Equal([.. first, .. first], InitialNoise.Draw(NoiseKind.TorchFloat32, NoiseOrder.Bfl, 7, 2, picture));
        Assert.Equal([.. first, .. second], InitialNoise.Draw(NoiseKind.TorchFloat32, NoiseOrder.Diffusers, 7, 2, picture));
        float[] joint = InitialNoise.Draw(NoiseKind.TorchFloat32, NoiseOrder.Comfy, 7, 2, picture);
        Assert.Equal(first, joint[..picture]);
        Assert.NotEqual(second, joint[picture..]);
        Assert.NotEqual(first, joint[picture..]);
    }

    [Theory]
    [InlineData(NoiseOrder.Diffusers)]
    [InlineData(NoiseOrder.Comfy)]
    public void NativeNoiseOfAPictureIsThatOfItsNumber(NoiseOrder order)
    {
        var expected = new float[48];
        GaussianNoise.Fill(expected, 3, picture: 1);
        Assert.Equal(expected, InitialNoise.Draw(NoiseKind.Native, order, 3, 2, 48)[48..]);
    }

    /// <summary>PyTorch 1.13, bit for bit: golden/noise.</summary>
    [Fact]
    public void EveryBitIsTorchs()
    {
        using SafetensorsFile golden = SafetensorsFile.Open(Shared.Path("golden/noise/noise.safetensors"));
        int checkedTensors = 0;
        foreach (ulong seed in Seeds)
        {
            var words = new MersenneTwister((uint)seed);
            Assert.Equal(Integers(golden, $"words.seed{seed}"), Enumerable.Range(0, 24).Select(_ => (long)words.Next()));
            float[] noise = new float[1024];
            new TorchGenerator(seed).Fill(noise);
            Assert.Equal(Bits(golden.Read(golden.Tensors[$"cpu.f32.seed{seed}.1x16x8x8"])), Bits(noise));
            new TorchGenerator(seed).Fill(noise, ElementType.F16);
            Assert.Equal(Bits(golden.Read(golden.Tensors[$"cpu.f16.seed{seed}.1x16x8x8"])), Bits(noise));
            new TorchGenerator(seed).Fill(noise, ElementType.BF16);
            Assert.Equal(Integers(golden, $"cpu.bf16bits.seed{seed}.1x16x8x8").Select(b => (uint)(b & 0xffff) << 16), Bits(noise));
            checkedTensors += 4;
        }
        foreach (string name in golden.Tensors.Keys.Where(n => n.StartsWith("cpu.f32.seed42.n", StringComparison.Ordinal)))
        {
            var noise = new float[int.Parse(name["cpu.f32.seed42.n".Length..], CultureInfo.InvariantCulture)];
            new TorchGenerator(42).Fill(noise);
            Assert.Equal(golden.Read(golden.Tensors[name]), noise);
            checkedTensors++;
        }
        Assert.Equal(20 + 11, checkedTensors);
    }

    [Fact]
    public void ASequenceOfCallsKeepsTheSpareNumber()
    {
        using SafetensorsFile golden = SafetensorsFile.Open(Shared.Path("golden/noise/noise.safetensors"));
        var generator = new TorchGenerator(42);
        foreach ((string name, int count) in new[] { ("first7", 7), ("then20", 20), ("then3", 3) })
        {
            var noise = new float[count];
            generator.Fill(noise);
            Assert.Equal(golden.Read(golden.Tensors["cpu.f32.seed42.sequence." + name]), noise);
        }
    }

    [Fact]
    public void DoublesAreTorchsToTheLastDigit()
    {
        using SafetensorsFile golden = SafetensorsFile.Open(Shared.Path("golden/noise/noise.safetensors"));
        string[] names = [.. golden.Tensors.Keys.Where(n => n.StartsWith("cpu.f64.", StringComparison.Ordinal))];
        Assert.Equal(11, names.Length);
        foreach (string name in names)
        {
            var noise = new double[golden.Tensors[name].Shape[0]];
            new TorchGenerator(42).Fill(noise);
            var expected = new double[noise.Length];
            golden.ReadBytes(golden.Tensors[name], 0, System.Runtime.InteropServices.MemoryMarshal.AsBytes(expected.AsSpan()));
            for (int i = 0; i < noise.Length; i++)
                Assert.Equal(expected[i], noise[i], 2 * Math.BitIncrement(Math.Abs(expected[i])) - 2 * Math.Abs(expected[i]));
        }
    }

    [Fact]
    public void ProgramsDrawPicturesInTheirOrder()
    {
        using SafetensorsFile golden = SafetensorsFile.Open(Shared.Path("golden/noise/noise.safetensors"));
        Assert.Equal(golden.Read(golden.Tensors["comfy.batch3.seed42.3x16x6x4"]), InitialNoise.Draw(NoiseKind.TorchFloat32, NoiseOrder.Comfy, 42, 3, 384));
        Assert.Equal(golden.Read(golden.Tensors["diffusers.list.seed42,43,44.3x16x6x4"]),
            InitialNoise.Draw(NoiseKind.TorchFloat32, NoiseOrder.Diffusers, 42, 3, 384));
        using SafetensorsFile bfl = SafetensorsFile.Open(Shared.Path("golden/transformer/get-noise.safetensors"));
        foreach ((string name, ulong seed) in new[] { ("h128_w128_seed0", 0UL), ("h48_w48_seed123456789", 123456789UL), ("h64_w96_seed42", 42UL) })
            foreach ((string type, NoiseKind kind) in new[] { ("f32", NoiseKind.TorchFloat32), ("bf16", NoiseKind.TorchBFloat16) })
            {
                TensorInfo tensor = bfl.Tensors[$"{name}.{type}"];
                Assert.Equal(bfl.Read(tensor), InitialNoise.Draw(kind, NoiseOrder.Bfl, seed, 1, (int)tensor.Shape.ElementCount));
            }
    }

    /// <summary>The formula in double, as golden/noise has it: to 1e-6, for devices differ from it by as much.</summary>
    [Fact]
    public void DevicesNumbers()
    {
        using SafetensorsFile golden = SafetensorsFile.Open(Shared.Path("golden/noise/noise.safetensors"));
        foreach (ulong seed in Seeds)
        {
            var generator = new CudaGenerator(seed);
            foreach (string which in new[] { "first", "second" })
            {
                var noise = new float[1024];
                generator.Fill(noise);
                Close(golden.Read(golden.Tensors[$"nv.seed{seed}.{which}.16x8x8"]), noise);
            }
        }
        Close(golden.Read(golden.Tensors["nv.seed0.docstring.3x4"]), InitialNoise.Draw(NoiseKind.Nv, NoiseOrder.Comfy, 0, 1, 12));
        var grid = new float[3000];
        new CudaGenerator(42, threads: 512).Fill(grid);
        Close(golden.Read(golden.Tensors["cudagrid.seed42.threads512.n3000"]), grid);

        static void Close(float[] expected, float[] actual)
        {
            for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i], 1e-6f);
        }
    }

    // The sign of a zero counts, too.
    private static uint[] Bits(float[] values) => [.. values.Select(BitConverter.SingleToUInt32Bits)];

    private static long[] Integers(SafetensorsFile file, string name)
    {
        TensorInfo tensor = file.Tensors[name];
        if (tensor.Type == ElementType.I32)
        {
            var narrow = new int[tensor.Shape.ElementCount];
            file.ReadBytes(tensor, 0, System.Runtime.InteropServices.MemoryMarshal.AsBytes(narrow.AsSpan()));
            return [.. narrow.Select(v => (long)v)];
        }
        var values = new long[tensor.Shape.ElementCount];
        file.ReadBytes(tensor, 0, System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }
}
