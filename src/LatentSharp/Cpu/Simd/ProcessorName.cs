using System.Runtime.InteropServices;

namespace LatentSharp.Cpu.Simd;

/// <summary>What the processor is called, for people.</summary>
internal static class ProcessorName
{
    /// <summary>As the system says it; where it does not, the architecture.</summary>
    public static string Current { get; } = Find();

    private static string Find()
    {
        if (!File.Exists("/proc/cpuinfo")) return Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? RuntimeInformation.OSArchitecture.ToString();
        Dictionary<string, string> facts = File.ReadLines("/proc/cpuinfo").TakeWhile(l => l.Length > 0)
            .Select(l => l.Split(':', 2, StringSplitOptions.TrimEntries)).Where(f => f.Length == 2).DistinctBy(f => f[0])
            .ToDictionary(f => f[0], f => f[1]);
        string name = facts.GetValueOrDefault("model name", RuntimeInformation.OSArchitecture.ToString());
        // Cloud machines shorten the name; family and model tell the generation.
        return name.Any(char.IsAsciiDigit) || !facts.TryGetValue("cpu family", out string? family) ? name
            : $"{name} family {family} model {facts.GetValueOrDefault("model")}";
    }
}
