using System.Collections.Immutable;

namespace LatentSharp.Vulkan.Cards;

/// <summary>What a plan for a card keeps to: the driver's limits, or narrower ones.</summary>
internal sealed record CardLimits
{
    /// <summary>The bytes of a buffer that a kernel sees at once.</summary>
    public long BufferRange { get; init; } = 128 << 20;

    /// <summary>The bytes of one allocation.</summary>
    public long Allocation { get; init; } = 1 << 30;

    /// <summary>What the places that kernels see begin at multiples of.</summary>
    public int Alignment { get; init; } = 256;

    /// <summary>Threads of a workgroup.</summary>
    public int GroupThreads { get; init; } = 256;

    /// <summary>Workgroups in one direction.</summary>
    public int Groups { get; init; } = 65_535;

    /// <summary>Bytes that a workgroup shares.</summary>
    public int SharedBytes { get; init; } = 16_384;

    /// <summary>Bytes of the blocks that tensors are placed in, unless one of them is larger.</summary>
    public long Block { get; init; } = 512 << 20;

    /// <summary>
    /// Multiply-adds of one dispatch: some tens of milliseconds on the slowest card of the kind, far below every watchdog.
    /// </summary>
    public long DispatchWork { get; init; } = 2_000_000_000;

    /// <summary>The types of memory.</summary>
    public ImmutableArray<CardMemory> Memory { get; init; } = [];
}

/// <summary>A type of memory.</summary>
/// <param name="IsLocal">Whether it is the card's own.</param>
/// <param name="IsVisible">Whether the processor may read and write it without saying so (mapped and coherent).</param>
/// <param name="Heap">The heap that it lies in.</param>
internal readonly record struct CardMemory(bool IsLocal, bool IsVisible, int Heap);
