namespace LatentSharp.Vulkan.Cards;

/// <summary>What is known of cards and drivers: what a user should know, and which of two drivers of one card is the better.</summary>
internal static class KnownFaults
{
    // VkDriverId of the specification.
    private const int AmdProprietary = 1, AmdOpenSource = 2, Radv = 3, Dozen = 23, Nvk = 24;

    /// <summary>The notes for a card.</summary>
    /// <param name="kind">What kind of card.</param>
    /// <param name="driver">Its driver, by the numbers of the specification.</param>
    public static IEnumerable<string> Of(VulkanCardKind kind, int driver)
    {
        if (kind == VulkanCardKind.Software) yield return "computes on the processor: for tests; the device cpu is a hundred times faster";
        if (driver == Radv) yield return "its driver promises more memory than there is: keep other programs small, or say --memory";
        if (driver == Dozen) yield return "its driver goes through Direct3D 12: the vendor's own is faster";
    }

    /// <summary>The place of a driver among those for one card, 0 for the first: as public engines rank them.</summary>
    public static int Rank(int driver) => driver switch
    {
        AmdOpenSource or Nvk => 1,
        AmdProprietary => 2,
        Dozen => 3,
        _ => 0,
    };
}
