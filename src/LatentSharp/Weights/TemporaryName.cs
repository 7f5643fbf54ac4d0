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

    // What another machine writes into a shared folder cannot be asked after: it is given a day.
    private static readonly TimeSpan ForeignAge = TimeSpan.FromDays(1);
    private static readonly string Machine = Hash(Environment.MachineName), Start = StartOf(Environment.ProcessId);
    private static readonly ConcurrentDictionary<string, bool> Looked = new(StringComparer.Ordinal);

    /// <summary>A name that nobody has: <c>.latent-MACHINE-PROCESS-START-RANDOM.tmp</c>, at most 39 characters.</summary>
    public static string New()
        => string.Create(CultureInfo.InvariantCulture,
            $"{Prefix}{Machine}-{Environment.ProcessId:x}-{Start}-{Guid.NewGuid().ToString("N")[..8]}{Suffix}");

    /// <summary>Removes what killed processes left in a folder that may be large; looks once for each folder.</summary>
    public static void RemoveStaleOnce(string folder)
    {
        if (Looked.TryAdd(folder, true)) RemoveStale(folder);
    }

    /// <summary>Removes what killed processes left in a folder.</summary>
    public static void RemoveStale(string folder)
    {
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
        if (parts is not ([_, _, _] or [_, _, _, _])) return false;
        if (parts[0] != Machine) return DateTime.UtcNow - File.GetLastWriteTimeUtc(file) > ForeignAge;
        if (!int.TryParse(parts[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out int id)) return false;
        // Earlier versions wrote names of three parts, without a beginning.
        return !IsAlive(id) || parts is [_, _, { Length: > 0 } began, _] && StartOf(id) is { Length: > 0 } start && began != start;
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

    // When a process began, empty where that cannot be told: numbers come again, in a container after every start, but not with the same
    // beginning. Linux counts it from the machine's own start, so that no clock enters.
    private static string StartOf(int id)
    {
        try
        {
            if (!OperatingSystem.IsLinux())
            {
                using Process process = Process.GetProcessById(id);
                return Hash(process.StartTime.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture));
            }
            string stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/stat"));
            // Behind the program's name, which may hold anything: the state is the third field, the beginning the 22nd.
            string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            // Killed, and its parent has not asked after it: no process any more.
            return fields[0] is "Z" or "X" ? "gone" : Hash(fields[22 - 3]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or InvalidOperationException
            or System.ComponentModel.Win32Exception)
        {
            return "";
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
