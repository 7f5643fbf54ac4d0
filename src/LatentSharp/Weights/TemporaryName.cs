using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace LatentSharp.Weights;

/// <summary>
/// Names of files that are being written: short, so that any name that a folder takes can be written there, and telling which process
/// writes them, so that what a killed one left is known for what it is and removed by the next one that writes into the folder.
/// </summary>
internal static class TemporaryName
{
    private const string Prefix = ".latent-", Suffix = ".tmp";

    // Without a process that answers to the number, on this machine at least: one on another machine that shares the folder is given a day.
    private static readonly TimeSpan ForeignAge = TimeSpan.FromDays(1);
    private static readonly string Machine = Hash(Environment.MachineName);
    private static readonly ConcurrentDictionary<string, bool> Looked = new(StringComparer.Ordinal);

    /// <summary>A name that nobody has: <c>.latent-MACHINE-PROCESS-RANDOM.tmp</c>, at most 36 characters.</summary>
    public static string New()
        => string.Create(CultureInfo.InvariantCulture,
            $"{Prefix}{Machine}-{Environment.ProcessId:x}-{Guid.NewGuid().ToString("N")[..8]}{Suffix}");

    /// <summary>Removes what killed processes left in a folder; looks once for each folder.</summary>
    public static void RemoveStale(string folder)
    {
        if (!Looked.TryAdd(folder, true)) return;
        try
        {
            foreach (string file in Directory.EnumerateFiles(folder, Prefix + "*" + Suffix))
                if (IsStale(file)) File.Delete(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Tidying up is no reason to fail; what is wrong with the folder shows when it is written to.
        }
    }

    /// <summary>Whether the process that a name speaks of is no more; of another machine, whether the file is a day old.</summary>
    public static bool IsStale(string file)
    {
        string[] parts = Path.GetFileName(file)[Prefix.Length..^Suffix.Length].Split('-');
        if (parts is not [var where, var process, _]) return false;
        if (where != Machine) return DateTime.UtcNow - File.GetLastWriteTimeUtc(file) > ForeignAge;
        return int.TryParse(process, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out int id) && !IsAlive(id);
    }

    private static bool IsAlive(int id)
    {
        try
        {
            using Process process = Process.GetProcessById(id);
            return !process.HasExited;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            return false;
        }
    }

    // FNV-1a: no cryptography is needed to tell a few machines apart.
    private static string Hash(string text)
    {
        uint hash = 2166136261;
        foreach (char c in text) hash = (hash ^ c) * 16777619;
        return (hash & 0xFFFF).ToString("x4", CultureInfo.InvariantCulture);
    }
}
