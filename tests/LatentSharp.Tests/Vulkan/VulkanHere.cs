using LatentSharp.Vulkan;

namespace LatentSharp.Tests.Vulkan;

/// <summary>
/// The card that the tests compute on: a software driver where there is one, so that every machine tests the same. Without a driver a test
/// is skipped with a word, or fails where LATENTSHARP_EXPECT_VULKAN=1 says that one is installed.
/// </summary>
internal static class VulkanHere
{
    private static readonly Lazy<(IReadOnlyList<VulkanCard> Cards, string? Problem)> Found = new(Look);

    /// <summary>The card.</summary>
    public static VulkanCard Card
    {
        get
        {
            (IReadOnlyList<VulkanCard> cards, string? problem) = Found.Value;
            VulkanCard? card = cards.FirstOrDefault(c => c.IsUsable && c.Kind == VulkanCardKind.Software)
                ?? cards.FirstOrDefault(c => c.IsUsable);
            if (card is not null) return card;
            string text = problem ?? "no card can be used: " + string.Join("; ", cards.Select(c => $"{c.Name} lacks {string.Join(", ", c.Lacks)}"));
            if (Environment.GetEnvironmentVariable("LATENTSHARP_EXPECT_VULKAN") == "1") Assert.Fail(text);
            Assert.Skip(text);
            throw new InvalidOperationException();
        }
    }

    private static (IReadOnlyList<VulkanCard>, string?) Look()
    {
        try
        {
            return (VulkanCards.All(), null);
        }
        catch (LatentSharpException e)
        {
            return ([], e.Message);
        }
    }
}
