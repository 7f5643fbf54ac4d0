using System.Diagnostics;
using System.Numerics;
using System.Runtime.InteropServices;
using LatentSharp.Cpu.Simd;

namespace LatentSharp.Bench.Compare;

/// <summary>The most that a machine gives of what limits a case, measured beside it on as many threads.</summary>
/// <param name="Limit">Of what.</param>
/// <param name="PerSecond">Operations (two for a multiply-add), or bytes read.</param>
internal sealed record MachinePeak(Limit Limit, double PerSecond)
{
    // Long enough for the processor to settle at the clock that it keeps under such load.
    private const double Seconds = 0.4;

    // Much more than caches hold.
    private const long BufferBytes = 256L << 20;

    /// <inheritdoc/>
    public override string ToString()
        => $"{PerSecond / 1e9:0.0} {(Limit == Limit.Arithmetic ? "GFLOP/s of multiply-adds" : "GB/s of reading")}";

    /// <summary>Independent multiply-adds in registers, or reading large blocks of memory from one end to the other.</summary>
    public static double Measure(Limit limit, int threads)
    {
        if (limit == Limit.Arithmetic) return PeakRate.MultiplyAdds(threads, SimdLevels.Widest);
        var work = new double[threads];
        using var together = new Barrier(threads);
        Thread[] all = [.. Enumerable.Range(0, threads).Select(i => new Thread(() => work[i] = Reading(together)))];
        foreach (Thread thread in all) thread.Start();
        foreach (Thread thread in all) thread.Join();
        return work.Sum();
    }

    private static unsafe double Reading(Barrier together)
    {
        byte* bytes = (byte*)NativeMemory.AlignedAlloc((nuint)BufferBytes, 64);
        new Span<byte>(bytes, (int)BufferBytes).Fill(1);
        together.SignalAndWait();
        long start = Stopwatch.GetTimestamp();
        double read = 0;
        Vector<uint> sums = default;
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < Seconds)
        {
            Vector<uint> a = default, b = default, c = default, d = default;
            int step = Vector<byte>.Count;
            for (long at = 0; at < BufferBytes; at += 4 * step)
            {
                a |= Vector.Load((uint*)(bytes + at));
                b |= Vector.Load((uint*)(bytes + at + step));
                c |= Vector.Load((uint*)(bytes + at + 2 * step));
                d |= Vector.Load((uint*)(bytes + at + 3 * step));
            }
            sums |= a | b | c | d;
            read += BufferBytes;
        }
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        NativeMemory.AlignedFree(bytes);
        return sums != default ? read / seconds : throw new BenchException("memory reads as zeros");
    }
}
