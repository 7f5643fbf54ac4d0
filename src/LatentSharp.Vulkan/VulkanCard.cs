using System.Collections.Immutable;
using LatentSharp.Vulkan.Cards;

namespace LatentSharp.Vulkan;

/// <summary>What kind of thing computes.</summary>
public enum VulkanCardKind
{
    /// <summary>Something that is none of the others.</summary>
    Other = 0,
    /// <summary>A graphics processor that shares the memory of the machine.</summary>
    Integrated = 1,
    /// <summary>A card with memory of its own.</summary>
    Discrete = 2,
    /// <summary>A card as a virtual machine sees it.</summary>
    Virtual = 3,
    /// <summary>A driver that computes on the processor: for tests, a hundred times slower than the device cpu.</summary>
    Software = 4,
}

/// <summary>A graphics card, as one driver shows it.</summary>
/// <param name="Index">Its number, 0 for the first: <c>vulkan:0</c> names it.</param>
/// <param name="Name">Its name, as the driver says.</param>
/// <param name="Kind">What kind of card.</param>
/// <param name="Driver">The driver and its version, as it says itself.</param>
/// <param name="MemoryBytes">The memory that it computes in, all of it.</param>
/// <param name="FreeBytes">What is free of it now by the driver's word; null where the driver does not tell.</param>
public sealed record VulkanCard(int Index, string Name, VulkanCardKind Kind, string Driver, long MemoryBytes, long? FreeBytes)
{
    /// <summary>The modes of numbers that it has here: <c>fp32</c>, <c>fp32-fast</c>, <c>fp16</c>.</summary>
    public ImmutableArray<string> Modes { get; init; } = ["fp32", "fp32-fast", "fp16"];

    /// <summary>What it lacks for these networks; empty where it can be used.</summary>
    public ImmutableArray<string> Lacks { get; init; } = [];

    /// <summary>What is known of this card and driver that a user should know.</summary>
    public ImmutableArray<string> Notes { get; init; } = [];

    /// <summary>Whether networks can be computed on it.</summary>
    public bool IsUsable => Lacks.IsEmpty;

    /// <summary>The place of the driver among those that one card may have; the first is 0.</summary>
    internal int DriverRank { get; init; }

    /// <summary>What plans keep to.</summary>
    internal CardLimits Limits { get; init; } = new();

    /// <summary>The driver's handle.</summary>
    internal nint Handle { get; init; }

    /// <summary>The family of queues that computes.</summary>
    internal uint QueueFamily { get; init; }

    /// <summary>What tells this card, driver and version apart from all others, for files that only they understand.</summary>
    internal string Identity { get; init; } = "";
}
