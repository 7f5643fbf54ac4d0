using LatentSharp.Vulkan;

namespace LatentSharp.Tests.Vulkan;

/// <summary>Which card is taken, and what is said where none can be.</summary>
public sealed class CardTests
{
    private static readonly VulkanCard Integrated = Card(0, "Intel(R) UHD Graphics 770", VulkanCardKind.Integrated, "Mesa 25.1"),
        Software = Card(1, "llvmpipe (LLVM 15.0.6, 256 bits)", VulkanCardKind.Software, "llvmpipe Mesa 22.3.6"),
        Discrete = Card(2, "NVIDIA GeForce RTX 3060", VulkanCardKind.Discrete, "NVIDIA 580.10"),
        Old = Card(3, "Old card", VulkanCardKind.Discrete, "0.1") with { Lacks = ["Vulkan 1.1 (it has 1.0.3)"] };

    private static readonly VulkanCard[] All = [Integrated, Software, Discrete, Old];

    [Fact]
    public void A_card_of_its_own_memory_comes_first_then_an_integrated_one_and_software_never_by_itself()
    {
        Assert.Equal(Discrete, VulkanCards.Choose(All, null));
        Assert.Equal(Integrated, VulkanCards.Choose([Software, Integrated], null));
        LatentSharpException none = Assert.Throws<LatentSharpException>(() => VulkanCards.Choose([Software, Old], null));
        Assert.Contains("llvmpipe", none.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_two_drivers_for_one_card_the_better_one_is_taken()
    {
        VulkanCard dozen = Discrete with { Index = 4, Driver = "Dozen", DriverRank = 3 }, own = Discrete with { Index = 5 };
        Assert.Equal(own, VulkanCards.Choose([dozen, own], null));
        Assert.Equal(dozen, VulkanCards.Choose([dozen, own], "dozen"));
    }

    [Theory]
    [InlineData("1", 1)]
    [InlineData("rtx", 2)]
    [InlineData("uhd graphics", 0)]
    [InlineData("Mesa 22", 1)]
    public void A_card_is_named_by_number_or_part_of_its_name_or_driver(string which, int index)
        => Assert.Equal(index, VulkanCards.Choose(All, which).Index);

    [Theory]
    [InlineData("4", ErrorKind.NotFound)]
    [InlineData("voodoo", ErrorKind.NotFound)]
    [InlineData("mesa", ErrorKind.Usage)]
    public void A_name_that_leads_nowhere_or_to_several_lists_those_that_there_are(string which, ErrorKind kind)
    {
        LatentSharpException error = Assert.Throws<LatentSharpException>(() => VulkanCards.Choose(All, which));
        Assert.Equal((kind, $"vulkan:{which}"), (error.Kind, error.Where));
        foreach (VulkanCard card in All) Assert.Contains($"{card.Index} {card.Name}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_card_that_lacks_something_is_refused_with_what_it_lacks()
    {
        LatentSharpException error = Assert.Throws<LatentSharpException>(() => VulkanCards.Choose(All, "3"));
        Assert.Contains("Vulkan 1.1 (it has 1.0.3)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_card_of_the_tests_says_what_it_is()
    {
        VulkanCard card = VulkanHere.Card;
        Assert.NotEmpty(card.Name);
        Assert.NotEmpty(card.Driver);
        Assert.True(card.MemoryBytes > 1 << 28, $"{card.MemoryBytes}");
        Assert.True(card.Limits.BufferRange >= 128 << 20, $"{card.Limits}");
        Assert.Contains(card.Limits.Memory, m => m.IsVisible);
        Assert.Equal(card, VulkanCards.Find(card.Index.ToString(System.Globalization.CultureInfo.InvariantCulture)) with
        {
            FreeBytes = card.FreeBytes,
            Limits = card.Limits,
            Modes = card.Modes,
            Lacks = card.Lacks,
            Notes = card.Notes,
        });
    }

    private static VulkanCard Card(int index, string name, VulkanCardKind kind, string driver)
        => new(index, name, kind, driver, 8L << 30, null);
}
