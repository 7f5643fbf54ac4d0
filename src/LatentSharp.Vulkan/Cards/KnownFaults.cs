namespace LatentSharp.Vulkan.Cards;

/// <summary>What is known of cards and drivers that a user should know.</summary>
internal static class KnownFaults
{
    /// <summary>The notes for a card.</summary>
    public static IEnumerable<string> Of(VulkanCardKind kind)
    {
        if (kind == VulkanCardKind.Software) yield return "computes on the processor: for tests; the device cpu is a hundred times faster";
    }
}
