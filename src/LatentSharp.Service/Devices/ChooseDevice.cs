using LatentSharp.Compute;
using LatentSharp.Vulkan;

namespace LatentSharp.Service.Devices;

/// <summary>Finds the device that is meant by a word.</summary>
public static class ChooseDevice
{
    private const string Processor = "cpu", Automatic = "auto", Cards = "vulkan", Onnx = "onnx";

    // Devices of this process, each once: a card stays open, and kernels are compiled once.
    private static readonly Dictionary<(int Card, string? Folder), VulkanDevice> Opened = [];

    /// <summary>The forms of the word, for help.</summary>
    public const string Forms = "cpu|auto|vulkan[:N|NAME]";

    /// <summary>Finds it.</summary>
    /// <param name="word">One of <see cref="Forms"/>; null for the processor.</param>
    /// <param name="cacheFolder">Where kernels for cards are kept for the next process; null for nowhere.</param>
    /// <exception cref="LatentSharpException">There is no such device: the message lists those that there are, or says what is
    /// missing.</exception>
    public static ChosenDevice Of(string? word, string? cacheFolder)
    {
        (string kind, string? which) = (word ?? Processor).Split(':', 2) is [var k, var w] ? (k, w) : (word ?? Processor, null);
        switch (kind.ToLowerInvariant())
        {
            case Processor when which is null:
                return new ChosenDevice(null, null);
            case Automatic when which is null:
                return Best(cacheFolder);
            case Cards:
                return new ChosenDevice(Open(VulkanCards.Find(which), cacheFolder), null);
            case Onnx:
                throw new LatentSharpException(ErrorKind.NotFound, word!, "ONNX Runtime is no part of this program.",
                    "Applications have it as a device of the library, LatentSharp.OnnxRuntime; here there are cpu and vulkan.");
            default:
                throw new LatentSharpException(ErrorKind.Usage, word!, $"there is no such device; one is written as {Forms}.",
                    "The list of devices says what there is.");
        }
    }

    private static ChosenDevice Best(string? cacheFolder)
    {
        try
        {
            VulkanCard card = VulkanCards.Find();
            return new ChosenDevice(Open(card, cacheFolder), $"computing on vulkan:{card.Index}, {card.Name}.");
        }
        catch (LatentSharpException e)
        {
            return new ChosenDevice(null, $"computing on the processor: {e.What}");
        }
    }

    private static VulkanDevice Open(VulkanCard card, string? cacheFolder)
    {
        lock (Opened)
        {
            if (!Opened.TryGetValue((card.Index, cacheFolder), out VulkanDevice? device))
            {
                device = new VulkanDevice(new VulkanOptions
                {
                    Card = card.Index.ToString(System.Globalization.CultureInfo.InvariantCulture), CacheFolder = cacheFolder,
                });
                Opened[(card.Index, cacheFolder)] = device;
            }
            return device;
        }
    }
}

/// <summary>What a word led to.</summary>
/// <param name="Device">The device; null for the processor.</param>
/// <param name="Note">What was taken and why, where the word left it open.</param>
public sealed record ChosenDevice(Device? Device, string? Note);
