using System.Globalization;
using LatentSharp.Compute;
using LatentSharp.Cpu.Simd;
using LatentSharp.OnnxRuntime;
using LatentSharp.Vulkan;

namespace LatentSharp.Service.Devices;

/// <summary>Says what can compute on this machine.</summary>
public static class ListDevices
{
    // Matrices that keep a device busy for a while in one run; a software driver needs seconds for what a card does in milliseconds.
    private const int Side = 2048, SideOfSlow = 256;

    /// <summary>Looks.</summary>
    /// <param name="measures">Whether to measure each for two seconds.</param>
    /// <param name="cancellationToken">Ends measuring.</param>
    /// <exception cref="LatentSharpException">A card fails while it is measured.</exception>
    public static DevicesResult Run(bool measures = false, CancellationToken cancellationToken = default)
    {
        DeviceFacts processor = new("cpu", ProcessorName.Current,
            DeviceKind.Processor, null, MemoryBudget.Machine, null)
        {
            Modes = ["fp32", "int8"], Speed = measures ? MeasureDevice.Of(null, SideOfSlow * 2, cancellationToken) : null,
        };
        IReadOnlyList<VulkanCard> cards;
        try
        {
            cards = VulkanCards.All();
        }
        catch (LatentSharpException e)
        {
            return new DevicesResult([processor, .. Runtimes()], Problem.Of(e));
        }
        return new DevicesResult([processor, .. cards.Select(c => Facts(c) with { Speed = Speed(c) }), .. Runtimes()], null);

        // What the runtime's providers have of memory it does not tell.
        IEnumerable<DeviceFacts> Runtimes() => OnnxDevice.Providers.Select(provider => new DeviceFacts($"onnx:{provider}",
            $"ONNX Runtime {OnnxDevice.RuntimeVersion}", provider == "cpu" ? DeviceKind.Processor : DeviceKind.Other, null,
            provider == "cpu" ? MemoryBudget.Machine : 0, null)
        {
            Modes = ["fp32"],
            Speed = measures
                ? MeasureDevice.Of(new OnnxDevice(new OnnxOptions { Provider = provider }), SideOfSlow * 2, cancellationToken) : null,
        });

        DeviceSpeed? Speed(VulkanCard card)
        {
            if (!measures || !card.IsUsable) return null;
            using var device = new VulkanDevice(new VulkanOptions { Card = card.Index.ToString(CultureInfo.InvariantCulture) });
            return MeasureDevice.Of(device, card.Kind == VulkanCardKind.Software ? SideOfSlow : Side, cancellationToken);
        }
    }

    private static DeviceFacts Facts(VulkanCard card) => new($"vulkan:{card.Index}", card.Name, card.Kind switch
    {
        VulkanCardKind.Discrete => DeviceKind.Discrete,
        VulkanCardKind.Integrated => DeviceKind.Integrated,
        VulkanCardKind.Virtual => DeviceKind.Virtual,
        VulkanCardKind.Software => DeviceKind.Software,
        _ => DeviceKind.Other,
    }, card.Driver, card.MemoryBytes, card.FreeBytes)
    { Modes = card.Modes, Lacks = card.Lacks, Notes = card.Notes };
}
