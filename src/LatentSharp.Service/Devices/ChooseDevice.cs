using System.Collections.Concurrent;
using LatentSharp.Compute;
using LatentSharp.OnnxRuntime;
using LatentSharp.Vulkan;

namespace LatentSharp.Service.Devices;

/// <summary>Finds the device that is meant by a word.</summary>
public static class ChooseDevice
{
    private const string Processor = "cpu", Automatic = "auto", Cards = "vulkan", Onnx = "onnx";

    // Devices of this process, each once: a card stays open, and kernels are compiled once.
    private static readonly Dictionary<(int Card, string? Folder), VulkanDevice> Opened = [];
    private static readonly ConcurrentDictionary<string, OnnxDevice> Runtimes = [];

    /// <summary>The forms of the word, for help.</summary>
    public const string Forms = "cpu|auto|vulkan[:N|NAME]|onnx[:PROVIDER]";

    /// <summary>Finds it.</summary>
    /// <param name="word">One of <see cref="Forms"/>; null for the processor.</param>
    /// <param name="cacheFolder">Where kernels for cards are kept for the next process; null for nowhere.</param>
    /// <param name="say">Told what was taken and why, where the word leaves it open.</param>
    /// <returns>The device; null for the processor.</returns>
    /// <exception cref="LatentSharpException">There is no such device: the message lists those that there are, or says what is
    /// missing.</exception>
    public static Device? Of(string? word, string? cacheFolder, Action<string> say)
    {
        (string kind, string? which) = (word ?? Processor).Split(':', 2) is [var k, var w] ? (k, w) : (word ?? Processor, null);
        switch (kind.ToLowerInvariant())
        {
            case Processor when which is null:
                return null;
            case Automatic when which is null:
                return Best(cacheFolder, say);
            case Cards:
                return Open(VulkanCards.Find(which), cacheFolder);
            case Onnx:
                return Runtimes.GetOrAdd((which ?? Processor).ToLowerInvariant(),
                    provider => new OnnxDevice(new OnnxOptions { Provider = provider }));
            default:
                throw new LatentSharpException(ErrorKind.Usage, word!, $"there is no such device; one is written as {Forms}.",
                    "The list of devices says what there is.");
        }
    }

    private static AutoDevice? Best(string? cacheFolder, Action<string> say)
    {
        try
        {
            VulkanCard card = VulkanCards.Find();
            VulkanDevice device = Open(card, cacheFolder);
            say($"computing on {device.Name}, {card.Name}.");
            return new AutoDevice(device, say);
        }
        catch (LatentSharpException e)
        {
            say($"computing on the processor: {e.What}");
            return null;
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
