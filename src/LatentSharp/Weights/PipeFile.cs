using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace LatentSharp.Weights;

/// <summary>
/// Reads pipes to their end: named ones, and the shell's <c>&lt;(...)</c>. A named pipe that nobody opens for writing would be waited for
/// without an end; it is opened without waiting, and given up after a while.
/// </summary>
internal static partial class PipeFile
{
    private const int LinuxNonBlocking = 0x800, MacNonBlocking = 4, LinuxAgain = 11, MacAgain = 35, Interrupted = 4, LookEvery = 20;

    /// <summary>How long somebody may take to begin writing to a named pipe.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Copies all that is written to a pipe.</summary>
    /// <param name="path">The pipe.</param>
    /// <param name="to">Where to.</param>
    /// <exception cref="LatentSharpException">It is a named pipe, and nobody writes to it.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static void Copy(string path, Stream to)
    {
        using SafeFileHandle pipe = Open(path);
        bool written = IsOfThisProcess(path);
        var buffer = new byte[1 << 16];
        for (int waited = 0; ;)
        {
            nint count = Read(pipe, buffer, buffer.Length);
            int error = Marshal.GetLastPInvokeError();
            if (count > 0)
            {
                to.Write(buffer.AsSpan(0, (int)count));
                written = true;
            }
            else if (count == 0 && written)
            {
                return;
            }
            else if (count == 0)
            {
                // Nobody has it open for writing.
                if (waited > Patience.TotalMilliseconds)
                    throw new LatentSharpException(ErrorKind.BadInput, path,
                        $"this is a named pipe, and nobody has opened it for writing within {Patience.TotalSeconds:0} seconds.",
                        "Start what writes to it, or name a file.");
                Thread.Sleep(LookEvery);
                waited += LookEvery;
            }
            else if (error is LinuxAgain or MacAgain)
            {
                written = true;         // somebody has, and will write or close it
                Thread.Sleep(1);
            }
            else if (error != Interrupted)
            {
                throw new IOException(Marshal.GetPInvokeErrorMessage(error));
            }
        }
    }

    // The shell's, open from the beginning.
    private static bool IsOfThisProcess(string path)
        => path.StartsWith("/dev/", StringComparison.Ordinal) || path.StartsWith("/proc/", StringComparison.Ordinal);

    private static SafeFileHandle Open(string path)
    {
        int pipe = Open(path, OperatingSystem.IsMacOS() ? MacNonBlocking : LinuxNonBlocking);
        return pipe >= 0 ? new SafeFileHandle(pipe, ownsHandle: true)
            : throw new IOException(Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError()));
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(SafeFileHandle file, Span<byte> buffer, nint count);
}
