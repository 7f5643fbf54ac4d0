namespace LatentSharp.Cpu.Memory;

/// <summary>
/// The memory that a device's sessions run in. Pages come into being when they are first written, which costs 6 % of a 512x512 decode; the
/// block of a session that ended well is therefore kept for the next one, at most one block and for <see cref="IdleSeconds"/> seconds.
/// </summary>
internal sealed class ArenaPool
{
    /// <summary>How long an unused block is kept.</summary>
    public const int IdleSeconds = 60;

    private readonly Lock gate = new();
    private ArenaMemory? kept;
    private Timer? release;

    /// <summary>A block of at least <paramref name="bytes"/>.</summary>
    /// <param name="bytes">The size.</param>
    /// <param name="purpose">What the memory is for, for the message when it cannot be had.</param>
    /// <exception cref="LatentSharpException">The machine does not give that much.</exception>
    public ArenaMemory Take(long bytes, string purpose)
    {
        ArenaMemory? old = Give();
        // A much larger block would keep memory that this run was never planned to hold.
        if (old is not null && old.Bytes >= bytes && old.Bytes <= bytes + bytes / 16) return old;
        old?.Dispose();
        return new ArenaMemory(bytes, purpose);
    }

    /// <summary>Keeps a block for the next session; <see cref="ArenaMemory.Dispose"/> frees it at once instead.</summary>
    public void Keep(ArenaMemory memory)
    {
        ArenaMemory? other;
        lock (gate)
        {
            (other, kept) = (kept, memory);
            release ??= new Timer(_ => Give()?.Dispose());
            release.Change(TimeSpan.FromSeconds(IdleSeconds), Timeout.InfiniteTimeSpan);
        }
        other?.Dispose();
    }

    private ArenaMemory? Give()
    {
        lock (gate)
        {
            ArenaMemory? old = kept;
            kept = null;
            return old;
        }
    }
}
