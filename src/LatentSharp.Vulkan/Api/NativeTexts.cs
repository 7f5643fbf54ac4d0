using System.Runtime.InteropServices;

namespace LatentSharp.Vulkan.Api;

/// <summary>Names as an array of C texts, for as long as a call reads them.</summary>
internal sealed unsafe class NativeTexts : IDisposable
{
    private readonly nint[] texts;
    private readonly GCHandle pinned;

    public NativeTexts(IEnumerable<string> names)
    {
        texts = [.. names.Select(Marshal.StringToCoTaskMemUTF8)];
        pinned = GCHandle.Alloc(texts, GCHandleType.Pinned);
    }

    /// <summary>How many.</summary>
    public uint Count => (uint)texts.Length;

    /// <summary>The first of them; null where there is none.</summary>
    public byte** First => texts.Length == 0 ? null : (byte**)pinned.AddrOfPinnedObject();

    /// <inheritdoc/>
    public void Dispose()
    {
        pinned.Free();
        foreach (nint text in texts) Marshal.FreeCoTaskMem(text);
    }
}
