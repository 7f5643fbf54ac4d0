using System.Diagnostics;
using System.Globalization;
using LatentSharp.Tests.CommandLine;

namespace LatentSharp.Tests.Vulkan;

/// <summary><c>--device</c> on the command line.</summary>
[Collection(CommandsCollection.Name)]
public sealed class VulkanCommandTests : IDisposable
{
    private readonly Workplace place = new();

    public void Dispose() => place.Dispose();

    [Fact]
    public void Encode_decode_and_roundtrip_give_on_a_card_what_they_give_on_the_processor()
    {
        string card = "vulkan:" + VulkanHere.Card.Index.ToString(CultureInfo.InvariantCulture);
        PictureFile.Save(place.File("small.png"), new ImageTensor(VulkanNetwork.Values(32 * 24 * 3, 4), 1, 32, 24));
        place.Latent("encode", "small.png", "-o", "processor.safetensors").Expect(0);
        place.Latent("encode", "small.png", "-o", "card.safetensors", "--device", card).Expect(0);
        float[] expected = LatentFile.Load(place.File("processor.safetensors")).Values, found = LatentFile.Load(place.File("card.safetensors")).Values;
        float range = expected.Max() - expected.Min();
        Assert.True(expected.Zip(found, (a, b) => Math.Abs(a - b)).Max() <= 2e-4 * range);
        place.Latent("decode", "processor.safetensors", "-o", "card.png", "--device", card).Expect(0);
        place.Latent("decode", "processor.safetensors", "-o", "again.png", "--device", "vulkan:" + VulkanHere.Card.Name[..5]).Expect(0);
        Assert.Equal(File.ReadAllBytes(place.File("card.png")), File.ReadAllBytes(place.File("again.png")));
        Assert.NotEmpty(Directory.GetFiles(Path.Combine(place.Home, "kernels")));
    }

    [Fact]
    public void In_fp16_they_give_nearly_the_same_and_the_processor_refuses()
    {
        string card = "vulkan:" + VulkanHere.Card.Index.ToString(CultureInfo.InvariantCulture);
        PictureFile.Save(place.File("small.png"), new ImageTensor(VulkanNetwork.Values(32 * 24 * 3, 4), 1, 32, 24));
        place.Latent("encode", "small.png", "-o", "fp32.safetensors", "--device", card).Expect(0);
        place.Latent("encode", "small.png", "-o", "fp16.safetensors", "--device", card, "--precision", "fp16").Expect(0);
        float[] expected = LatentFile.Load(place.File("fp32.safetensors")).Values, found = LatentFile.Load(place.File("fp16.safetensors")).Values;
        Assert.NotEqual(expected, found);
        Assert.True(expected.Zip(found, (a, b) => (a - b) * (a - b)).Sum() <= 4e-6 * expected.Sum(v => v * v));
        string[] plan = ["plan", "--size", "64x64", "--json", "--device", card];
        long Peak(params string[] more) => place.Latent([.. plan, .. more]).Expect(0).Json.GetProperty("encode").GetProperty("peak_bytes").GetInt64();
        Assert.True(Peak("--precision", "fp16") < Peak());
        Assert.Contains("fp16 and fp32-fast are modes of graphics cards", place.Latent("decode", "fp32.safetensors", "--precision", "fp16").Expect(2).Error,
            StringComparison.Ordinal);
    }

    /// <summary>Both find no kernels, compile them and keep them in the same file.</summary>
    [Fact]
    public void Two_processes_that_keep_kernels_at_once_give_the_same_and_leave_a_whole_file()
    {
        string card = "vulkan:" + VulkanHere.Card.Index.ToString(CultureInfo.InvariantCulture);
        PictureFile.Save(place.File("small.png"), new ImageTensor(VulkanNetwork.Values(16 * 16 * 3, 4), 1, 16, 16));
        string[] names = ["a.safetensors", "b.safetensors", "c.safetensors"];
        Process[] both = [.. names[..2].Select(n => place.Start("encode", "small.png", "-o", n, "--device", card))];
        foreach (Process process in both) Workplace.Finish(process).Expect(0);
        Assert.EndsWith(".pipelines", Assert.Single(Directory.GetFiles(Path.Combine(place.Home, "kernels"))), StringComparison.Ordinal);
        Workplace.Finish(place.Start("encode", "small.png", "-o", names[2], "--device", card)).Expect(0);
        Assert.All(names, n => Assert.Equal(File.ReadAllBytes(place.File(names[0])), File.ReadAllBytes(place.File(n))));
    }

    [Fact]
    public void Ten_runs_give_ten_equal_files()
    {
        string card = "vulkan:" + VulkanHere.Card.Index.ToString(CultureInfo.InvariantCulture);
        PictureFile.Save(place.File("small.png"), new ImageTensor(VulkanNetwork.Values(16 * 16 * 3, 4), 1, 16, 16));
        place.Latent("encode", "small.png", "-o", "small.safetensors").Expect(0);
        foreach (string precision in (string[])["fp32", "fp32-fast", "fp16"])
        {
            byte[]? first = null;
            for (int run = 0; run < 10; run++)
            {
                place.Latent("decode", "small.safetensors", "-o", "out.png", "--device", card, "--precision", precision).Expect(0);
                byte[] file = File.ReadAllBytes(place.File("out.png"));
                Assert.Equal(first ??= file, file);
            }
        }
    }

    [Theory]
    [InlineData("voodoo", "there is no such device", 2)]
    [InlineData("cpu:1", "there is no such device", 2)]
    [InlineData("onnx:abacus", "no provider of that name", 4)]
    public void A_device_that_is_not_there_is_refused(string device, string says, int code)
    {
        PictureFile.Save(place.File("small.png"), new ImageTensor(1, 16, 16));
        Assert.Contains(says, place.Latent("encode", "small.png", "--device", device).Expect(code).Error, StringComparison.Ordinal);
        Assert.Equal(["small.png"], place.Files);
    }

    [Fact]
    public void A_card_that_is_not_there_is_answered_with_those_that_are()
    {
        string name = VulkanHere.Card.Name;
        PictureFile.Save(place.File("small.png"), new ImageTensor(1, 16, 16));
        string error = place.Latent("encode", "small.png", "--device", "vulkan:99").Expect(4).Error;
        Assert.Contains("There is: 0 ", error, StringComparison.Ordinal);
        Assert.Contains(name, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Auto_goes_on_with_the_processor_where_there_is_no_driver_and_says_so()
    {
        PictureFile.Save(place.File("small.png"), new ImageTensor(1, 16, 16));
        place.Environment["LATENTSHARP_VULKAN_LOADER"] = "/nowhere/libvulkan.so.1";
        Workplace.Outcome outcome = place.Latent("encode", "small.png", "--device", "auto").Expect(0);
        Assert.Contains("computing on the processor", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("cannot be opened as the loader",
            place.Latent("encode", "small.png", "--again", "--device", "vulkan").Expect(4).Error, StringComparison.Ordinal);
    }
}
