using System.Text.Json.Serialization;

namespace LatentSharp.Bench.Compare;

/// <summary>What was measured of one side.</summary>
/// <param name="Prepare">Seconds to open the weights and prepare the network.</param>
/// <param name="First">Seconds of the first run.</param>
/// <param name="Runs">Seconds of each further run.</param>
/// <param name="PeakBytes">The most memory that its process had resident.</param>
internal sealed record SideResult(double Prepare, double First, double[] Runs, long PeakBytes)
{
    /// <summary>The figure: the median of the runs after the first.</summary>
    [JsonIgnore]
    public double Median
    {
        get
        {
            double[] sorted = [.. Runs.Order()];
            return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
        }
    }
}

/// <summary>The figures of one case; a side is null when it was not measured.</summary>
/// <param name="Case">The case by name.</param>
/// <param name="MultiplyAdds">Multiply-adds of a direct evaluation.</param>
/// <param name="Ours">LatentSharp.</param>
/// <param name="Peer">ONNX Runtime, or PyTorch beside a training.</param>
/// <param name="MaxError">The largest absolute difference between the two results.</param>
/// <param name="Range">Largest minus smallest value of our result (of the peer's, where ours is missing).</param>
/// <param name="Peak">What the machine gave in the same run, where the case has one limit; else null.</param>
/// <param name="WeightBytes">Bytes of weights that a run has to read.</param>
/// <param name="Beside">Who the peer is, where it is not the machine's.</param>
internal sealed record CaseResult(string Case, long MultiplyAdds, SideResult? Ours, SideResult? Peer, double? MaxError, double Range,
    MachinePeak? Peak = null, long WeightBytes = 0, string? Beside = null)
{
    /// <summary>How many times faster than the peer.</summary>
    [JsonIgnore]
    public double? Ratio => Peer?.Median / Ours?.Median;

    /// <summary>Which part of the machine's peak a side reaches.</summary>
    public double? Share(SideResult side) => Peak?.Limit switch
    {
        Limit.Arithmetic => 2 * MultiplyAdds / side.Median / Peak.PerSecond,
        Limit.Memory => WeightBytes / side.Median / Peak.PerSecond,
        _ => null,
    };

    /// <summary>Two operations per multiply-add of a direct evaluation, in 10^9 per second.</summary>
    public double GigaflopsPerSecond(SideResult side) => 2 * MultiplyAdds / side.Median / 1e9;
}

/// <summary>The figures of one machine, as they are kept in <c>benchmarks/PROCESSOR/results.json</c>.</summary>
internal sealed record MachineResults(Machine Machine, int Threads, string Peer, string Date, IReadOnlyList<CaseResult> Cases);
