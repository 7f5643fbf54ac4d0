using System.Diagnostics;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
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

    private static double Loop(int rounds) => SimdLevels.Widest switch
    {
        SimdLevel.Vector512 => Rounds<Simd512, Vector512<float>>(rounds),
        SimdLevel.Vector256 => Rounds<Simd256, Vector256<float>>(rounds),
        SimdLevel.Vector128 => Rounds<Simd128, Vector128<float>>(rounds),
        _ => Rounds<SimdScalar, float>(rounds),
    };

    // Twelve sums: more than any processor needs to keep its units busy (two units of a latency of 5 need 10).
    private static double Rounds<S, V>(int rounds) where S : ISimd<V> where V : unmanaged
    {
        V x = S.Broadcast(0.5f), y = S.Broadcast(0.25f), a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x, k = x, l = x;
        for (int n = 0; n < rounds; n++)
        {
            (a, b, c) = (S.MultiplyAdd(a, x, y), S.MultiplyAdd(b, x, y), S.MultiplyAdd(c, x, y));
            (d, e, f) = (S.MultiplyAdd(d, x, y), S.MultiplyAdd(e, x, y), S.MultiplyAdd(f, x, y));
            (g, h, i) = (S.MultiplyAdd(g, x, y), S.MultiplyAdd(h, x, y), S.MultiplyAdd(i, x, y));
            (j, k, l) = (S.MultiplyAdd(j, x, y), S.MultiplyAdd(k, x, y), S.MultiplyAdd(l, x, y));
        }
        // The sums have to be used, or nothing would be computed. Each tends to a half.
        V all = S.Add(S.Add(S.Add(a, b), S.Add(c, d)), S.Add(S.Add(S.Add(e, f), S.Add(g, h)), S.Add(S.Add(i, j), S.Add(k, l))));
        return S.Sum(all) > 0 ? 2.0 * 12 * S.Lanes * rounds : throw new BenchException("multiply-adds gave nothing");
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
