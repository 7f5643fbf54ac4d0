using System.Runtime.InteropServices;

namespace LatentSharp.Cpu.Memory;

/// <summary>The block of memory of one session.</summary>
internal sealed unsafe class ArenaMemory : IDisposable
{
    private const nuint CacheLine = 64;

    private void* memory;

    /// <summary>Takes <paramref name="bytes"/> from the machine.</summary>
    /// <param name="bytes">The size.</param>
    /// <param name="purpose">What the memory is for, for the message when it cannot be had.</param>
    /// <exception cref="LatentSharpException">The machine does not give that much.</exception>
    public ArenaMemory(long bytes, string purpose)
    {
        Bytes = bytes;
        try
        {
            memory = NativeMemory.AlignedAlloc((nuint)bytes, CacheLine);
        }
        catch (OutOfMemoryException e)
        {
            throw new LatentSharpException(ErrorKind.BadInput, purpose, $"{bytes / 1_000_000} MB of memory are not available.",
                "Close other programs, use a smaller picture, or give a memory budget.", e);
        }
    }

    /// <summary>The size.</summary>
    public long Bytes { get; }

    /// <summary>The first byte, aligned to a cache line.</summary>
    public nint Start => (nint)memory;

    /// <inheritdoc/>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what nobody disposed of.</summary>
    ~ArenaMemory() => Free();

    // Once: finalizers run in any order, and that of a session gives back weights whose memory may have seen to itself already.
    private void Free()
    {
        NativeMemory.AlignedFree(memory);
        memory = null;
    }
}
