using System.Numerics;

namespace LatentSharp.Cpu.Simd;

/// <summary>What memory gives when nothing else limits it: the floor of everything that reads much and computes little.</summary>
internal static class MemoryRate
{
    private const double Seconds = 0.4;

    // Much more than caches hold; less for each of many threads, which share them.
    private const int Bytes = 256 << 20;

    /// <summary>Bytes a second: large blocks, one a thread, read from one end to the other.</summary>
    public static unsafe double Reading(int threads) => SteadyRate.Of(threads, Seconds, () =>
    {
        uint[] block = GC.AllocateUninitializedArray<uint>((threads <= 4 ? Bytes : Bytes / 4) / sizeof(uint));
        block.AsSpan().Fill(1);
        return () => Or(block) != default ? (double)block.Length * sizeof(uint) : throw new InvalidOperationException("memory reads as zeros");
    });

    private static unsafe Vector<uint> Or(uint[] block)
    {
        Vector<uint> a = default, b = default, c = default, d = default;
        int step = Vector<uint>.Count;
        fixed (uint* start = block)
        {
            for (int at = 0; at < block.Length; at += 4 * step)
            {
                a |= Vector.Load(start + at);
                b |= Vector.Load(start + at + step);
                c |= Vector.Load(start + at + 2 * step);
                d |= Vector.Load(start + at + 3 * step);
            }
        }
        return a | b | c | d;
    }
}
