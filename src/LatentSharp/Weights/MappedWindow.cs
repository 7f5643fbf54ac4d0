using System.IO.MemoryMappedFiles;

namespace LatentSharp.Weights;

/// <summary>Bytes of a file that are mapped while this value lives.</summary>
internal readonly unsafe ref struct MappedWindow
{
    private readonly MemoryMappedViewAccessor? view;
    private readonly byte* start;
    private readonly int length;

    public MappedWindow(MemoryMappedViewAccessor view, int length)
    {
        this.view = view;
        this.length = length;
        byte* pointer = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
        // The system maps whole pages; the view says how far into the first one the bytes asked for begin.
        start = pointer + view.PointerOffset;
    }

    /// <summary>Bytes that are in memory anyway.</summary>
    public MappedWindow(byte* start, int length)
    {
        this.start = start;
        this.length = length;
    }

    public ReadOnlySpan<byte> Bytes => new(start, length);

    public void Dispose()
    {
        view?.SafeMemoryMappedViewHandle.ReleasePointer();
        view?.Dispose();
    }
}
