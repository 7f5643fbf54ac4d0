using System.Runtime.InteropServices;

namespace LatentSharp.Server.Hosting;

/// <summary>
/// Has memory that was freed go back to the machine. The C library of most Linux systems begins to keep blocks of up to 32 MB in its own
/// heaps once blocks of that size have been freed: a service whose pictures have many sizes then has twice the memory of its plans.
/// </summary>
internal static partial class FreedMemory
{
    // M_MMAP_THRESHOLD of glibc's malloc.h: from this size on a block is the machine's own, and its freeing gives it back. To set it ends
    // its growth. Below it lies what is small beside any plan.
    private const int Threshold = -3, Bytes = 1 << 20;

    /// <summary>Sets it for the process, where the C library has such a thing.</summary>
    internal static void GoesBack()
    {
        if (!OperatingSystem.IsLinux()) return;
        try
        {
            _ = MallOpt(Threshold, Bytes);
        }
        catch (EntryPointNotFoundException)
        {
            // musl, which never keeps such blocks.
        }
    }

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int MallOpt(int parameter, int value);
}
