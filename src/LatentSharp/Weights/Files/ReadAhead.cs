using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace LatentSharp.Weights.Files;

/// <summary>
/// Asks the system for parts of files that will be read soon, so that the disk works while the processor computes. The bytes go where the
/// system keeps files anyway; nothing is held here. On other systems than Linux files are read when they are read.
/// </summary>
internal sealed partial class ReadAhead : IDisposable
{
    // A second of a fast disk, and about two blocks of FLUX.1.
    private const long Window = 512L << 20;

    // Asked for at a time: the system takes its time to queue a request, and a run may end.
    private const long Part = 8 << 20;

    private const int WillNeed = 3;     // POSIX_FADV_WILLNEED

    private readonly (int Index, StoredRange Range)[] ranges;
    private readonly long[] ends;       // bytes up to the end of each range
    private readonly Dictionary<string, SafeFileHandle?> files = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim moved = new(0);
    private readonly Thread thread;
    private long reached;               // bytes of the steps that are done
    private volatile bool ended;

    /// <param name="ranges">What will be read, in order, and the index of the step that reads it.</param>
    private ReadAhead((int Index, StoredRange Range)[] ranges)
    {
        this.ranges = ranges;
        long end = 0;
        ends = [.. ranges.Select(r => end += r.Range.Length)];
        thread = new Thread(Ask) { IsBackground = true, Name = "LatentSharp read-ahead" };
        thread.Start();
    }

    /// <summary>Begins; null where it is not worth it or the system cannot be asked.</summary>
    /// <param name="ranges">What will be read, in order, and the index of the step that reads it.</param>
    public static ReadAhead? Of(IEnumerable<(int Index, StoredRange Range)> ranges)
    {
        if (!OperatingSystem.IsLinux() || !Environment.Is64BitProcess) return null;
        (int, StoredRange Range)[] all = [.. ranges];
        return all.Sum(r => r.Range.Length) > Window ? new ReadAhead(all) : null;
    }

    /// <summary>Says which step begins.</summary>
    public void At(int index)
    {
        int next = Array.FindIndex(ranges, r => r.Index >= index);
        Volatile.Write(ref reached, next < 0 ? ends[^1] : ends[next] - ranges[next].Range.Length);
        moved.Release();
    }

    /// <summary>Ends it.</summary>
    public void Dispose()
    {
        ended = true;
        moved.Release();
        thread.Join();
        foreach (SafeFileHandle? file in files.Values) file?.Dispose();
        moved.Dispose();
    }

    private void Ask()
    {
        for (int i = 0; i < ranges.Length; i++)
        {
            (string path, long offset, long length) = ranges[i].Range;
            long before = ends[i] - length;
            for (long at = 0; at < length; at += Part)
            {
                while (!ended && before + at > Volatile.Read(ref reached) + Window) moved.Wait();
                if (ended) return;
                // What has been read already need not be asked for.
                if (before + at >= Volatile.Read(ref reached) && Open(path) is { } file)
                    _ = Advise(file, offset + at, Math.Min(Part, length - at), WillNeed);
            }
        }
    }

    // An error is told by whoever reads the file.
    private SafeFileHandle? Open(string path)
    {
        if (files.TryGetValue(path, out SafeFileHandle? file)) return file;
        try
        {
            file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            file = null;
        }
        return files[path] = file;
    }

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int Advise(SafeFileHandle file, long offset, long length, int advice);
}
