using System.Diagnostics;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

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
        var work = new double[threads];
        using var together = new Barrier(threads);
        Thread[] all = [.. Enumerable.Range(0, threads).Select(i => new Thread(() =>
            work[i] = limit == Limit.Arithmetic ? MultiplyAdds(together) : Reading(together)))];
        foreach (Thread thread in all) thread.Start();
        foreach (Thread thread in all) thread.Join();
        return work.Sum();
    }

    private static double MultiplyAdds(Barrier together)
    {
        Loop(1000);
        together.SignalAndWait();
        long start = Stopwatch.GetTimestamp();
        double operations = 0;
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < Seconds) operations += Loop(1_000_000);
        return operations / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static double Loop(int rounds)
        => Vector512.IsHardwareAccelerated ? Rounds512(rounds) : Vector256.IsHardwareAccelerated ? Rounds256(rounds) : Rounds128(rounds);

    // Twelve sums: more than any processor needs to keep its units busy (two units of a latency of 5 need 10).
    private static double Rounds512(int rounds)
    {
        Vector512<float> x = Vector512.Create(0.5f), y = Vector512.Create(0.25f), a = x, b = x, c = x, d = x, e = x, f = x,
            g = x, h = x, i = x, j = x, k = x, l = x;
        for (int n = 0; n < rounds; n++)
        {
            (a, b, c) = (Vector512.FusedMultiplyAdd(a, x, y), Vector512.FusedMultiplyAdd(b, x, y), Vector512.FusedMultiplyAdd(c, x, y));
            (d, e, f) = (Vector512.FusedMultiplyAdd(d, x, y), Vector512.FusedMultiplyAdd(e, x, y), Vector512.FusedMultiplyAdd(f, x, y));
            (g, h, i) = (Vector512.FusedMultiplyAdd(g, x, y), Vector512.FusedMultiplyAdd(h, x, y), Vector512.FusedMultiplyAdd(i, x, y));
            (j, k, l) = (Vector512.FusedMultiplyAdd(j, x, y), Vector512.FusedMultiplyAdd(k, x, y), Vector512.FusedMultiplyAdd(l, x, y));
        }
        return Operations(rounds, 16, Vector512.Sum(a + b + c + d + e + f + g + h + i + j + k + l));
    }

    private static double Rounds256(int rounds)
    {
        Vector256<float> x = Vector256.Create(0.5f), y = Vector256.Create(0.25f), a = x, b = x, c = x, d = x, e = x, f = x,
            g = x, h = x, i = x, j = x, k = x, l = x;
        for (int n = 0; n < rounds; n++)
        {
            (a, b, c) = (Vector256.FusedMultiplyAdd(a, x, y), Vector256.FusedMultiplyAdd(b, x, y), Vector256.FusedMultiplyAdd(c, x, y));
            (d, e, f) = (Vector256.FusedMultiplyAdd(d, x, y), Vector256.FusedMultiplyAdd(e, x, y), Vector256.FusedMultiplyAdd(f, x, y));
            (g, h, i) = (Vector256.FusedMultiplyAdd(g, x, y), Vector256.FusedMultiplyAdd(h, x, y), Vector256.FusedMultiplyAdd(i, x, y));
            (j, k, l) = (Vector256.FusedMultiplyAdd(j, x, y), Vector256.FusedMultiplyAdd(k, x, y), Vector256.FusedMultiplyAdd(l, x, y));
        }
        return Operations(rounds, 8, Vector256.Sum(a + b + c + d + e + f + g + h + i + j + k + l));
    }

    private static double Rounds128(int rounds)
    {
        Vector128<float> x = Vector128.Create(0.5f), y = Vector128.Create(0.25f), a = x, b = x, c = x, d = x, e = x, f = x,
            g = x, h = x, i = x, j = x, k = x, l = x;
        for (int n = 0; n < rounds; n++)
        {
            (a, b, c) = (Vector128.FusedMultiplyAdd(a, x, y), Vector128.FusedMultiplyAdd(b, x, y), Vector128.FusedMultiplyAdd(c, x, y));
            (d, e, f) = (Vector128.FusedMultiplyAdd(d, x, y), Vector128.FusedMultiplyAdd(e, x, y), Vector128.FusedMultiplyAdd(f, x, y));
            (g, h, i) = (Vector128.FusedMultiplyAdd(g, x, y), Vector128.FusedMultiplyAdd(h, x, y), Vector128.FusedMultiplyAdd(i, x, y));
            (j, k, l) = (Vector128.FusedMultiplyAdd(j, x, y), Vector128.FusedMultiplyAdd(k, x, y), Vector128.FusedMultiplyAdd(l, x, y));
        }
        return Operations(rounds, 4, Vector128.Sum(a + b + c + d + e + f + g + h + i + j + k + l));
    }

    // The sum has to be used, or nothing would be computed. It tends to 6 for each lane.
    private static double Operations(int rounds, int lanes, float sum)
        => sum > 0 ? 2.0 * 12 * lanes * rounds : throw new BenchException($"multiply-adds gave {sum}");

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
