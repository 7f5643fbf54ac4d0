using System.Runtime.InteropServices;

namespace LatentSharp.Cpu;

/// <summary>
/// The block of memory of one run. Pages come into being when they are first written, which costs 6 % of a 512x512 decode; the block of a run that ended well is therefore kept
/// for the next one, at most one block in the process and for <see cref="IdleSeconds"/> seconds.
/// </summary>
internal sealed unsafe class ArenaMemory : IDisposable
{
    /// <summary>How long an unused block is kept.</summary>
    public const int IdleSeconds = 60;

    private const nuint CacheLine = 64;

    private static readonly Lock Gate = new();
    private static ArenaMemory? kept;
    private static Timer? release;

    private readonly long bytes;
    private void* memory;

    private ArenaMemory(void* memory, long bytes)
    {
        this.memory = memory;
        this.bytes = bytes;
    }

    /// <summary>The first byte, aligned to a cache line.</summary>
    public nint Start => (nint)memory;

    /// <summary>A block of at least <paramref name="bytes"/>.</summary>
    /// <param name="bytes">The size.</param>
    /// <param name="purpose">What the memory is for, for the message when it cannot be had.</param>
    /// <exception cref="LatentSharpException">The machine does not give that much.</exception>
    public static ArenaMemory Take(long bytes, string purpose)
    {
        ArenaMemory? old;
        lock (Gate) (old, kept) = (kept, null);
        // A much larger block would keep memory that this run was never planned to hold.
        if (old is not null && old.bytes >= bytes && old.bytes <= bytes + bytes / 16) return old;
        old?.Dispose();
        try
        {
            return new ArenaMemory(NativeMemory.AlignedAlloc((nuint)bytes, CacheLine), bytes);
        }
        catch (OutOfMemoryException e)
        {
            throw new LatentSharpException(ErrorKind.BadInput, purpose, $"{bytes / 1_000_000} MB of memory could not be had.", "Close other programs, use a smaller picture, or give a memory budget.", e);
        }
    }

    /// <summary>Hands the block back for the next run; <see cref="Dispose"/> frees it at once instead.</summary>
    public void Keep()
    {
        ArenaMemory? other;
        lock (Gate)
        {
            (other, kept) = (kept, this);
            release ??= new Timer(_ => Release());
            release.Change(TimeSpan.FromSeconds(IdleSeconds), Timeout.InfiniteTimeSpan);
        }
        other?.Dispose();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMemory.AlignedFree(memory);
        memory = null;
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what nobody disposed of.</summary>
    ~ArenaMemory() => NativeMemory.AlignedFree(memory);

    private static void Release()
    {
        ArenaMemory? old;
        lock (Gate) (old, kept) = (kept, null);
        old?.Dispose();
    }
}
