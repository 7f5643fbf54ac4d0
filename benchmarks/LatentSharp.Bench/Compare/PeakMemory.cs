using System.Diagnostics;

namespace LatentSharp.Bench.Compare;

/// <summary>The most memory that a process ever had resident.</summary>
internal static class PeakMemory
{
    /// <summary>
    /// Bytes: <c>VmHWM</c> of <c>/proc/self/status</c> on Linux (private memory and the pages of mapped files, weights included), the peak
    /// working set elsewhere.
    /// </summary>
    public static long OfThisProcess
    {
        get
        {
            if (File.Exists("/proc/self/status"))
                foreach (string line in File.ReadLines("/proc/self/status"))
                    if (line.StartsWith("VmHWM:", StringComparison.Ordinal))
                        return long.Parse(line[6..].Replace("kB", "", StringComparison.Ordinal)) * 1024;
            using Process self = Process.GetCurrentProcess();
            return self.PeakWorkingSet64;
        }
    }
}
