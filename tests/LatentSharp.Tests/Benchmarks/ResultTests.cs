using System.Text.Json;
using LatentSharp.Bench.Compare;

namespace LatentSharp.Tests.Benchmarks;

/// <summary>What the benchmark makes of its figures; nothing is timed here.</summary>
public sealed class ResultTests : IDisposable
{
    private static readonly Machine Somewhere = new("Example 9000", 2, "512-bit vectors", 16, "Example OS", ".NET 10.0.0");
    private static readonly CaseResult Both = new("decode-512", 1_257_500_000_000,
        new SideResult(0.1, 3, [2.5, 2.0, 9.0], 700_000_000), new SideResult(1, 9, [7.0, 8.0, 7.5], 2_500_000_000), 6.3e-5, 5);
    private static readonly CaseResult OursOnly = new("decode-2048", 24_242_900_000_000, new SideResult(0.1, 41, [40, 42], 6_000_000_000),
        null, null, 5);

    private readonly string folder = Directory.CreateTempSubdirectory("latentsharp-test-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void TheFigureIsTheMedianOfTheRunsAfterTheFirst()
    {
        Assert.Equal(2.5, Both.Ours!.Median);
        Assert.Equal(41, OursOnly.Ours!.Median);
        Assert.Equal(3, Both.Ratio);
        Assert.Equal(1006, Both.GigaflopsPerSecond(Both.Ours), 0.01);
    }

    // 2 x 174e9 operations in 2 s are 174 GFLOP/s of 232; 113 MB in 5 ms are 22.6 GB/s of 28.25.
    [Fact]
    public void ASideIsHeldAgainstWhatTheMachineGives()
    {
        var two = new SideResult(0, 2, [2], 0);
        var quick = new SideResult(0, 5e-3, [5e-3], 0);
        var product = new CaseResult("product", 174_000_000_000, two, null, null, 1, new MachinePeak(Limit.Arithmetic, 232e9));
        var row = new CaseResult("row", 1, quick, null, null, 1, new MachinePeak(Limit.Memory, 28.25e9), 113_000_000);
        Assert.Equal(0.75, product.Share(two)!.Value, 1e-9);
        Assert.Equal(0.8, row.Share(quick)!.Value, 1e-9);
        Assert.Null(Both.Share(Both.Ours!));
    }

    [Fact]
    public void WhatAMachineGivesIsMoreThanNothing()
    {
        Assert.True(MachinePeak.Measure(Limit.Arithmetic, 1) > 0);
        Assert.True(MachinePeak.Measure(Limit.Memory, 1) > 0);
    }

    [Fact]
    public void TheJsonSummaryHasTheDocumentedFields()
    {
        using JsonDocument json = JsonDocument.Parse(ResultFiles.Summary([Both, OursOnly]));
        JsonElement first = json.RootElement[0], second = json.RootElement[1];
        Assert.Equal(["case", "ours_s", "peer_s", "ratio", "ours_peak_bytes", "peer_peak_bytes", "max_error", "peak_per_s", "ours_share",
            "peer_share"],
            first.EnumerateObject().Select(p => p.Name));
        Assert.Equal(("decode-512", 2.5, 7.5, 700_000_000L),
            (first.GetProperty("case").GetString(), first.GetProperty("ours_s").GetDouble(),
            first.GetProperty("peer_s").GetDouble(), first.GetProperty("ours_peak_bytes").GetInt64()));
        Assert.Equal(JsonValueKind.Null, second.GetProperty("peer_s").ValueKind);
        Assert.Equal(JsonValueKind.Null, second.GetProperty("max_error").ValueKind);
    }

    [Fact]
    public void KeptResultsAreReadBackAndNewCasesJoinThem()
    {
        ResultFiles.Keep(folder, new MachineResults(Somewhere, 2, "ONNX Runtime 1.31.1", "2026-01-01", [OursOnly]));
        string path = ResultFiles.Keep(folder, new MachineResults(Somewhere, 2, "ONNX Runtime 1.31.1", "2026-01-02", [Both]));
        Assert.Equal(Path.Combine(folder, "example-9000-2-core", "results.json"), path);
        MachineResults all = Assert.Single(ResultFiles.ReadAll(folder));
        Assert.Equal((Somewhere, "2026-01-02"), (all.Machine, all.Date));
        Assert.Equal(["decode-512", "decode-2048"], all.Cases.Select(c => c.Case));
        Assert.Equal(7.5, all.Cases[0].Peer!.Median);
    }

    [Fact]
    public void TheTableStandsBetweenItsMarkers()
    {
        string table = ReadmeTable.Render([new MachineResults(Somewhere, 2, "ONNX Runtime 1.31.1", "2026-01-02", [Both, OursOnly])]);
        Assert.Contains("| FLUX.1 decode 512x512 | 2.50 s | 7.50 s | **3.0x** | 1,006 / 335 | 0.70 GB / 2.50 GB | 6.3e-5 |", table, StringComparison.Ordinal);
        Assert.Contains("| FLUX.1 decode 2048x2048 | 41.00 s |  |  | 1,183 | 6.00 GB |  |", table, StringComparison.Ordinal);
        string readme = ReadmeTable.Replace("before\n<!-- bench:begin -->\nold\n<!-- bench:end -->\nafter\n", table);
        Assert.Equal($"before\n<!-- bench:begin -->\n{table}<!-- bench:end -->\nafter\n", readme);
    }

    [Fact]
    public void TheTableInTheReadmeIsTheOneThatTheCommittedResultsGive()
    {
        string readme = File.ReadAllText(LatentSharp.Bench.Compare.Repository.Readme).ReplaceLineEndings("\n");
        Assert.Equal(ReadmeTable.Replace(readme,
            ReadmeTable.Render(ResultFiles.ReadAll(LatentSharp.Bench.Compare.Repository.Benchmarks))), readme);
    }

    [Theory]
    [InlineData("1.5GB", 1_500_000_000L)]
    [InlineData("800MiB", 838_860_800L)]
    [InlineData("1000", 1000L)]
    public void SizesAreRead(string text, long bytes) => Assert.Equal(bytes, BenchOptions.Parse(["--memory", text]).Memory);

    [Theory]
    [InlineData("--cases", "decode-7")]
    [InlineData("--repetitions", "none")]
    [InlineData("--memory", "lots")]
    [InlineData("--fast", "")]
    public void WhatIsNotAnOptionIsNamed(string option, string value)
        => Assert.Contains(value.Length > 0 ? value : option,
            Assert.Throws<BenchException>(() => BenchOptions.Parse([option, value])).Message, StringComparison.Ordinal);
}
