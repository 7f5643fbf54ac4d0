using System.Text.Json;
using LatentSharp.Tests.CommandLine;

namespace LatentSharp.Tests.Vulkan;

/// <summary><c>latent devices</c>, with and without what it looks for.</summary>
[Collection(CommandsCollection.Name)]
public sealed class DevicesCommandTests : IDisposable
{
    private readonly Workplace place = new();

    public void Dispose() => place.Dispose();

    [Fact]
    public void It_lists_the_processor_and_the_cards()
    {
        string name = VulkanHere.Card.Name;
        string text = place.Latent("devices").Expect(0).Output;
        Assert.StartsWith("cpu ", text, StringComparison.Ordinal);
        Assert.Contains($"vulkan:{VulkanHere.Card.Index}", text, StringComparison.Ordinal);
        Assert.Contains(name, text, StringComparison.Ordinal);
        JsonElement devices = place.Latent("devices", "--json").Expect(0).Json.GetProperty("devices");
        Assert.Equal(["cpu", "vulkan:0"], devices.EnumerateArray().Take(2).Select(d => d.GetProperty("name").GetString()!));
        Assert.Equal(["fp32", "fp32-fast", "fp16"], devices[1].GetProperty("modes").EnumerateArray().Select(m => m.GetString()!));
        Assert.True(devices[1].GetProperty("memory_bytes").GetInt64() > 1 << 28);
    }

    [Theory]
    [InlineData("LATENTSHARP_VULKAN_LOADER", "/nowhere/libvulkan.so.1", "cannot be opened as the loader")]
    [InlineData("VK_ICD_FILENAMES", "/nowhere/driver.json", "finds no driver")]
    public void It_says_which_is_missing_loader_or_driver(string variable, string value, string says)
    {
        if (says.Contains("driver", StringComparison.Ordinal)) _ = VulkanHere.Card;
        place.Environment[variable] = value;
        place.Environment["VK_DRIVER_FILES"] = value;
        Workplace.Outcome outcome = place.Latent("devices").Expect(0);
        Assert.Contains("no graphics card", outcome.Output, StringComparison.Ordinal);
        Assert.Contains(says, outcome.Output, StringComparison.Ordinal);
        Assert.Contains("cpu", outcome.Output, StringComparison.Ordinal);
    }
}
