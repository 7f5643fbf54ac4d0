using LatentSharp.Cpu.Simd;

namespace LatentSharp.Bench.Compare;

/// <summary>The most that a machine gives of what limits a case, measured beside it on as many threads.</summary>
/// <param name="Limit">Of what.</param>
/// <param name="PerSecond">Operations (two for a multiply-add), or bytes read.</param>
internal sealed record MachinePeak(Limit Limit, double PerSecond)
{
    /// <inheritdoc/>
    public override string ToString()
        => $"{PerSecond / 1e9:0.0} {(Limit == Limit.Arithmetic ? "GFLOP/s of multiply-adds" : "GB/s of reading")}";

    /// <summary>Independent multiply-adds in registers, or reading large blocks of memory from one end to the other.</summary>
    public static double Measure(Limit limit, int threads)
        => limit == Limit.Arithmetic ? PeakRate.MultiplyAdds(threads, SimdLevels.Widest) : MemoryRate.Reading(threads);
}
