namespace LatentSharp.Cpu.Memory;

/// <summary>
/// A piece of the arena that holds one tensor, or several one after the other, between the first step that writes it and the last that
/// reads it.
/// </summary>
internal sealed class Storage(long bytes, int first)
{
    /// <summary>Bytes, a multiple of 64.</summary>
    public long Bytes { get; private set; } = Align(bytes);

    /// <summary>The step from which it is needed.</summary>
    public int Needed { get; } = first;

    /// <summary>A step before that from which it would be welcome, as long as the arena grows no larger by it.</summary>
    public int Welcome { get; init; } = first;

    /// <summary>The step from which it is there.</summary>
    public int First { get; set; } = first;

    /// <summary>The last step that uses it.</summary>
    public int Last { get; set; } = first;

    /// <summary>Where it begins in the arena.</summary>
    public long Offset { get; set; } = -1;

    /// <summary>Makes it larger at its beginning; what it holds stays at its end.</summary>
    public void Grow(long size) => Bytes = Math.Max(Bytes, Align(size));

    /// <summary>Rounded up to whole lines of a cache.</summary>
    public static long Align(long bytes) => (bytes + 63) / 64 * 64;
}
