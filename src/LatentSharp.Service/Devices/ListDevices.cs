using LatentSharp.Compute;
using LatentSharp.Cpu.Simd;
using LatentSharp.Vulkan;

namespace LatentSharp.Service.Devices;

/// <summary>Says what can compute on this machine.</summary>
public static class ListDevices
{
    /// <summary>Looks.</summary>
    public static DevicesResult Run()
    {
        DeviceFacts processor = new("cpu", ProcessorName.Current,
            DeviceKind.Processor, null, MemoryBudget.Machine, null, ["fp32", "int8"], [], []);
        try
        {
            return new DevicesResult([processor, .. VulkanCards.All().Select(Facts)], null);
        }
        catch (LatentSharpException e)
        {
            return new DevicesResult([processor], Problem.Of(e));
        }
    }

    private static DeviceFacts Facts(VulkanCard card) => new($"vulkan:{card.Index}", card.Name, card.Kind switch
    {
        VulkanCardKind.Discrete => DeviceKind.Discrete,
        VulkanCardKind.Integrated => DeviceKind.Integrated,
        VulkanCardKind.Virtual => DeviceKind.Virtual,
        VulkanCardKind.Software => DeviceKind.Software,
        _ => DeviceKind.Other,
    }, card.Driver, card.MemoryBytes, card.FreeBytes, card.Modes, card.Lacks, card.Notes);
}
