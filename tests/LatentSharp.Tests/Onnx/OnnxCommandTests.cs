using System.Runtime.InteropServices;
using LatentSharp.OnnxRuntime;
using LatentSharp.Tests.CommandLine;
using LatentSharp.Tests.Vulkan;

namespace LatentSharp.Tests.Onnx;

/// <summary><c>--device onnx</c> on the command line, with the native library that the tests bring and without.</summary>
[Collection(CommandsCollection.Name)]
public sealed class OnnxCommandTests : IDisposable
{
    private readonly Workplace place = new();

    public OnnxCommandTests()
    {
        Assert.SkipWhen(OnnxDevice.RuntimeVersion is null, "ONNX Runtime has no native library for this system");
        PictureFile.Save(place.File("small.png"), new ImageTensor(VulkanNetwork.Values(32 * 24 * 3, 4), 1, 32, 24));
    }

    public void Dispose() => place.Dispose();

    [Theory]
    [InlineData("onnx")]
    [InlineData("onnx:CPU")]
    public void Encode_and_decode_give_what_they_give_on_the_processor(string device)
    {
        place.Latent("encode", "small.png", "-o", "processor.safetensors").Expect(0);
        place.Latent("encode", "small.png", "-o", "runtime.safetensors", "--device", device).Expect(0);
        float[] expected = LatentFile.Load(place.File("processor.safetensors")).Values, found = LatentFile.Load(place.File("runtime.safetensors")).Values;
        Assert.True(expected.Zip(found, (a, b) => Math.Abs(a - b)).Max() <= 2e-4 * (expected.Max() - expected.Min()));
        foreach ((string output, string on) in ((string, string)[])[("a.png", "cpu"), ("b.png", device)])
            place.Latent("decode", "processor.safetensors", "-o", output, "--device", on).Expect(0);
        ImageTensor a = PictureFile.Load(place.File("a.png")).Image, b = PictureFile.Load(place.File("b.png")).Image;
        // A rounding may fall to the other side of half a step of eight bits.
        Assert.True(a.Values.Zip(b.Values, (x, y) => Math.Abs(x - y)).Max() <= 2.1f / 255);
    }

    [Theory]
    [InlineData("onnx:cuda", "Microsoft.ML.OnnxRuntime.Gpu")]
    [InlineData("onnx:directml", "Microsoft.ML.OnnxRuntime.DirectML")]
    public void A_provider_that_is_not_here_is_refused_with_the_package_that_has_it(string device, string package)
    {
        if (OnnxDevice.Providers.Contains(device[5..])) Assert.Skip("it is here");
        string error = place.Latent("decode", "small.png", "--device", device).Expect(4).Error;
        Assert.Contains(package, error, StringComparison.Ordinal);
        Assert.Contains("it has cpu", error, StringComparison.Ordinal);
        Assert.Equal(["small.png"], place.Files);
    }

    [Fact]
    public void A_library_that_is_named_is_the_one_that_is_taken()
    {
        place.Environment[OnnxDevice.LibraryVariable] = "/nowhere/libonnxruntime.so";
        string error = place.Latent("encode", "small.png", "--device", "onnx").Expect(4).Error;
        Assert.Contains("/nowhere/libonnxruntime.so, which LATENTSHARP_ONNXRUNTIME names", error, StringComparison.Ordinal);
        Assert.DoesNotContain("onnx:", place.Latent("devices").Expect(0).Output, StringComparison.Ordinal);
        string? library = Directory.EnumerateFiles(AppContext.BaseDirectory, "*onnxruntime.*", SearchOption.AllDirectories)
            .FirstOrDefault(f => f.Contains(RuntimeInformation.RuntimeIdentifier, StringComparison.Ordinal)
                && Path.GetExtension(f) is ".so" or ".dll" or ".dylib");
        Assert.SkipWhen(library is null, "the native library does not lie beside the tests");
        place.Environment[OnnxDevice.LibraryVariable] = library;
        place.Latent("encode", "small.png", "-o", "named.safetensors", "--device", "onnx").Expect(0);
        Assert.Contains("onnx:cpu", place.Latent("devices").Expect(0).Output, StringComparison.Ordinal);
    }
}
