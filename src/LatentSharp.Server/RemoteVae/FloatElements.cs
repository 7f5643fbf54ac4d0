using System.Buffers;
using System.Runtime.InteropServices;

namespace LatentSharp.Server.RemoteVae;

/// <summary>Numbers as the bytes that they are in memory, without a copy: a picture of 512 x 512 has three megabytes of them, which
/// would be held twice while they are sent.</summary>
internal sealed unsafe class FloatElements(float[] values) : MemoryManager<byte>
{
    public override Span<byte> GetSpan() => MemoryMarshal.AsBytes(values.AsSpan());

    public override MemoryHandle Pin(int elementIndex = 0)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)elementIndex, (ulong)values.Length * sizeof(float), nameof(elementIndex));
        var handle = GCHandle.Alloc(values, GCHandleType.Pinned);
        return new MemoryHandle((byte*)handle.AddrOfPinnedObject() + elementIndex, handle);
    }

    // The handle of a pin frees itself.
    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing)
    {
    }
}
