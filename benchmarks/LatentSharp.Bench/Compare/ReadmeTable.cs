using System.Globalization;
using System.Text;

namespace LatentSharp.Bench.Compare;

/// <summary>The table of figures in README.md, generated from the committed results between two marker comments.</summary>
internal static class ReadmeTable
{
    public const string Begin = "<!-- bench:begin -->", End = "<!-- bench:end -->";

    /// <summary>The Markdown for the results of all machines.</summary>
    public static string Render(IEnumerable<MachineResults> machines)
    {
        var text = new StringBuilder();
        foreach (MachineResults m in machines)
        {
            text.Append(CultureInfo.InvariantCulture,
                $"{m.Machine.Processor}, {m.Threads} threads, {m.Machine.Simd}; {m.Machine.System}, {m.Machine.Runtime}; {m.Date}\n\n");
            text.Append(CultureInfo.InvariantCulture, $"| | LatentSharp | {m.Peer} | faster | GFLOP/s | peak memory | largest difference |\n");
            text.Append("|---|---:|---:|---:|---:|---:|---:|\n");
            // Trainings, which have another peer, stand in docs/gradients.md.
            foreach (CaseResult r in m.Cases.Where(c => c.Beside is null)) text.Append(Row(r));
            text.Append('\n');
        }
        return text.ToString();
    }

    /// <summary>The README with its table replaced.</summary>
    /// <exception cref="BenchException">The markers are missing.</exception>
    public static string Replace(string readme, string table)
    {
        int begin = readme.IndexOf(Begin, StringComparison.Ordinal), end = readme.IndexOf(End, StringComparison.Ordinal);
        if (begin < 0 || end < begin) throw new BenchException($"README.md has no {Begin} ... {End}");
        return $"{readme[..begin]}{Begin}\n{table}{readme[end..]}";
    }

    private static string Row(CaseResult r)
    {
        string title = BenchCase.All.FirstOrDefault(c => c.Name == r.Case)?.Title ?? r.Case;
        string ratio = r.Ratio is { } times ? string.Create(CultureInfo.InvariantCulture, $"**{times:0.0}x**") : "";
        string error = r.MaxError is { } e ? string.Create(CultureInfo.InvariantCulture, $"{e:0.0e-0}") : "";
        return $"| {title} | {Seconds(r.Ours)} | {Seconds(r.Peer)} | {ratio} | "
            + $"{Pair(r.Ours is null ? null : Rate(r, r.Ours), r.Peer is null ? null : Rate(r, r.Peer))} | "
            + $"{Pair(Memory(r.Ours), Memory(r.Peer))} | {error} |\n";
    }

    private static string Pair(string? ours, string? peer) => (ours, peer) switch
    {
        (null, null) => "",
        (null, _) => "- / " + peer,
        (_, null) => ours,
        _ => $"{ours} / {peer}",
    };

    private static string Rate(CaseResult r, SideResult side) => r.GigaflopsPerSecond(side).ToString("#,0", CultureInfo.InvariantCulture);

    private static string Seconds(SideResult? side)
        => side is null ? ""
            : side.Median < 0.1 ? string.Create(CultureInfo.InvariantCulture, $"{side.Median * 1000:0.0} ms")
            : string.Create(CultureInfo.InvariantCulture, $"{side.Median:0.00} s");

    private static string? Memory(SideResult? side)
        => side is null ? null : string.Create(CultureInfo.InvariantCulture, $"{side.PeakBytes / 1e9:0.00} GB");
}
