using LatentSharp.Vulkan.Api;
using LatentSharp.Vulkan.Cards;

namespace LatentSharp.Vulkan;

/// <summary>Which card computes, and how.</summary>
public sealed record VulkanOptions
{
    /// <summary>
    /// The card: its number, or a part of its name or its driver's; null for the best that is no software driver
    /// (<see cref="VulkanCards.Find"/>).
    /// </summary>
    public string? Card { get; init; }

    /// <summary>
    /// A folder in which kernels are kept as the driver compiled them, so that the next process starts at once; null to compile them anew
    /// in every process.
    /// </summary>
    public string? CacheFolder { get; init; }

    /// <summary>Narrower limits than the driver's, for tests and experiments.</summary>
    internal Func<CardLimits, CardLimits>? Narrow { get; init; }

    /// <summary>Another connection to the loader than the process's, such as one that the validation layer listens to.</summary>
    internal VulkanInstance? Instance { get; init; }

    /// <summary>Answers in the driver's place, for tests: see <see cref="DeviceCalls.Fault"/>.</summary>
    internal Func<string, Result?>? Fault { get; init; }
}
