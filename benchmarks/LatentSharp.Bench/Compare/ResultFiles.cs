using System.Text.Json;

namespace LatentSharp.Bench.Compare;

/// <summary>Figures as files.</summary>
internal static class ResultFiles
{
    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true
    };

    /// <summary>The figures of <c>--json</c>: one object a case; a side that was not measured is null.</summary>
    public static string Summary(IEnumerable<CaseResult> results)
        => JsonSerializer.Serialize(results.Select(r => new
        {
            r.Case,
            OursS = r.Ours?.Median,
            PeerS = r.Peer?.Median,
            r.Ratio,
            OursPeakBytes = r.Ours?.PeakBytes,
            PeerPeakBytes = r.Peer?.PeakBytes,
            r.MaxError,
            PeakPerS = r.Peak?.PerSecond,
            OursShare = r.Ours is null ? null : r.Share(r.Ours),
            PeerShare = r.Peer is null ? null : r.Share(r.Peer),
        }), Format) + "\n";

    /// <summary>Every <c>results.json</c> under a folder of processors.</summary>
    public static IReadOnlyList<MachineResults> ReadAll(string folder)
        => [.. Directory.GetDirectories(folder).Order(StringComparer.Ordinal).Select(d => Path.Combine(d, "results.json"))
            .Where(File.Exists).Select(Read)];

    /// <summary>Adds figures to those of the same processor: cases measured anew replace the old ones, others stay.</summary>
    /// <returns>The file.</returns>
    public static string Keep(string folder, MachineResults results)
    {
        string path = Path.Combine(folder, results.Machine.Folder, "results.json");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        Dictionary<string, CaseResult> cases = File.Exists(path) ? Read(path).Cases.ToDictionary(c => c.Case) : [];
        foreach (CaseResult result in results.Cases) cases[result.Case] = result;
        MachineResults all = results with { Cases = [.. BenchCase.All.Where(c => cases.ContainsKey(c.Name)).Select(c => cases[c.Name])] };
        File.WriteAllText(path, JsonSerializer.Serialize(all, Format) + "\n");
        return path;
    }

    private static MachineResults Read(string path)
        => JsonSerializer.Deserialize<MachineResults>(File.ReadAllText(path), Format) ?? throw new BenchException($"{path} is empty");
}
