using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text.RegularExpressions;
using LatentSharp.Cpu.Simd;

namespace LatentSharp.Bench.Compare;

/// <summary>The machine that figures belong to.</summary>
internal sealed partial record Machine(string Processor, int Cores, string Simd, double MemoryGiB, string System, string Runtime)
{
    /// <summary>
    /// The machine this process runs on. Everything but the processor's name and the memory is portable; those are empty where the system
    /// does not say.
    /// </summary>
    public static Machine Current { get; } = new(ProcessorName.Current, Environment.ProcessorCount, Widest(),
        Math.Round(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1 << 30), 1), RuntimeInformation.OSDescription,
        RuntimeInformation.FrameworkDescription);

    /// <summary>The processor's name as a folder: lower case, words joined by dashes, with the number of cores.</summary>
    public string Folder => $"{NotWord().Replace(Processor.ToLowerInvariant(), "-").Trim('-')}-{Cores}-core";

    /// <summary>How many processes wanted to run over the last minute, where the system says so. On a quiet machine it is near 0.</summary>
    public static double? Load
        => File.Exists("/proc/loadavg") ? double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture)
        : null;

    /// <summary>One line for people.</summary>
    public override string ToString() => $"{Processor}, {Cores} cores, {Simd}, {MemoryGiB} GiB; {System}; {Runtime}";

    private static string Widest()
        => Vector512.IsHardwareAccelerated ? "512-bit vectors"
        : Vector256.IsHardwareAccelerated ? "256-bit vectors" : Vector128.IsHardwareAccelerated ? "128-bit vectors" : "no vectors";

    [GeneratedRegex("[^a-z0-9]+")]
    private static partial Regex NotWord();
}
