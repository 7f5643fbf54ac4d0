using LatentSharp.Vulkan.Kernels;
using LatentSharp.Vulkan.Memory;

namespace LatentSharp.Vulkan.Planning;

/// <summary>Bytes of a storage that a command reads or writes.</summary>
/// <param name="Slot">The place at which a kernel finds them.</param>
/// <param name="Storage">Where they lie.</param>
/// <param name="Offset">The first byte.</param>
/// <param name="Length">How many.</param>
/// <param name="Writes">Whether they are written.</param>
internal readonly record struct Use(uint Slot, Storage Storage, long Offset, long Length, bool Writes)
{
    /// <summary>The first byte in the block.</summary>
    public long Start => Storage.Offset + Offset;

    /// <summary>The byte behind the last.</summary>
    public long End => Start + Length;

    /// <summary>Whether one of the two writes what the other touches.</summary>
    public bool Conflicts(Use other)
        => (Writes || other.Writes) && Storage.Block == other.Storage.Block && Start < other.End && other.Start < End;
}

/// <summary>One thing that the card is told to do.</summary>
internal abstract class Command
{
    /// <summary>The step that it belongs to.</summary>
    public required int Step { get; init; }

    /// <summary>What it reads and writes.</summary>
    public required Use[] Uses { get; init; }

    /// <summary>Multiply-adds, or what takes as long: a measure of time.</summary>
    public long Work { get; init; }

    /// <summary>Whether everything before has to be done and seen first.</summary>
    public bool HasBarrier { get; set; }
}

/// <summary>A kernel over a band of a result.</summary>
internal sealed class Dispatch : Command
{
    /// <summary>The kernel.</summary>
    public required Kernel Kernel { get; init; }

    /// <summary>The words that are its own; where tensors begin stands before them.</summary>
    public required uint[] Words { get; init; }

    /// <summary>How many workgroups.</summary>
    public required long Groups { get; init; }
}

/// <summary>Values of the caller that come into the card's memory.</summary>
internal sealed class Upload : Command
{
    /// <summary>Which input of the graph.</summary>
    public required int Input { get; init; }
}

/// <summary>Results that go to the caller.</summary>
internal sealed class Download : Command
{
    /// <summary>Which output of the graph.</summary>
    public required int Output { get; init; }
}

/// <summary>Words of zeros in the card's memory.</summary>
internal sealed class Clear : Command;

/// <summary>The words that tell, step by step, whether a value exceeded its 16 bits: one that is not zero is an error.</summary>
internal sealed class OverflowCheck : Command;

/// <summary>Weights that come into the card's memory for the steps that read them, where there is no room for all at once.</summary>
internal sealed class WeightUpload : Command
{
    /// <summary>The weights.</summary>
    public required WeightStorage Weights { get; init; }
}
