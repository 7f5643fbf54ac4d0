using System.Globalization;
using LatentSharp.Vulkan.Api;
using LatentSharp.Vulkan.Cards;

namespace LatentSharp.Vulkan;

/// <summary>The graphics cards of this machine.</summary>
public static class VulkanCards
{
    /// <summary>Every card that a driver shows, in the driver's order, those that cannot be used too.</summary>
    /// <exception cref="LatentSharpException">There is no loader, no driver or no card: the message says which, and what to install.</exception>
    public static IReadOnlyList<VulkanCard> All() => All(VulkanInstance.Shared);

    /// <summary>The cards as another connection shows them.</summary>
    internal static IReadOnlyList<VulkanCard> All(VulkanInstance instance)
    {
        InstanceCalls calls = instance.Calls;
        VulkanCard[] cards = [.. calls.PhysicalDevices().Select((handle, i) => CardFacts.Of(calls, handle, i))];
        return cards.Length > 0 ? cards : throw Absence.OfCard();
    }

    /// <summary>The card that is named.</summary>
    /// <param name="which">Its number, or a part of its name or its driver's; null for the best that is no software: cards of their own
    /// memory, then integrated ones, then virtual ones.</param>
    /// <exception cref="LatentSharpException">No card is called that, or several are, or it lacks something: the message lists those that
    /// there are.</exception>
    public static VulkanCard Find(string? which = null) => Choose(All(), which);

    /// <summary>The card that is named, of some.</summary>
    internal static VulkanCard Choose(IReadOnlyList<VulkanCard> cards, string? which)
    {
        string list = string.Join("; ", cards.Select(c => $"{c.Index} {c.Name} ({c.Driver})"));
        if (string.IsNullOrEmpty(which))
        {
            return cards.Where(c => c.IsUsable && c.Kind != VulkanCardKind.Software).OrderBy(c => Rank(c.Kind)).ThenBy(c => c.DriverRank)
                .FirstOrDefault()
                ?? throw new LatentSharpException(ErrorKind.NotFound, "vulkan", $"no card computes here by itself. There is: {list}.",
                    "A software driver is taken only where it is named, as in vulkan:0; the device cpu is much faster.");
        }
        VulkanCard[] meant = int.TryParse(which, NumberStyles.None, CultureInfo.InvariantCulture, out int index)
            ? [.. cards.Where(c => c.Index == index)]
            : [.. cards.Where(c => $"{c.Name} {c.Driver}".Contains(which, StringComparison.OrdinalIgnoreCase))];
        return meant switch
        {
            [{ IsUsable: true } only] => only,
            [var only] => throw new LatentSharpException(ErrorKind.Mismatch, $"vulkan:{which}",
                $"{only.Name} ({only.Driver}) lacks what is needed: {string.Join(", ", only.Lacks)}.", "The device cpu runs everywhere."),
            [] => throw new LatentSharpException(ErrorKind.NotFound, $"vulkan:{which}", $"there is no such card. There is: {list}."),
            _ => throw new LatentSharpException(ErrorKind.Usage, $"vulkan:{which}", $"several cards are called that: {list}.", "Give the number."),
        };
    }

    private static int Rank(VulkanCardKind kind) => kind switch
    {
        VulkanCardKind.Discrete => 0,
        VulkanCardKind.Integrated => 1,
        VulkanCardKind.Virtual => 2,
        _ => 3,
    };
}
