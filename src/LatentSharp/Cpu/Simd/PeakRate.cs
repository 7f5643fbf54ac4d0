using System.Runtime.Intrinsics;

namespace LatentSharp.Cpu.Simd;

/// <summary>What the processor's multiply-add units give when nothing else limits them: the floor of everything that computes.</summary>
internal static class PeakRate
{
    private const double Seconds = 0.4;

    /// <summary>Operations a second, two for a multiply-add: independent ones in registers, on so many threads at once.</summary>
    public static double MultiplyAdds(int threads, SimdLevel level)
        => SteadyRate.Of(threads, Seconds, () =>
        {
            Loop(1000, level);
            return () => Loop(1_000_000, level);
        });

    private static double Loop(int rounds, SimdLevel level) => level switch
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
        return S.Sum(all) > 0 ? 2.0 * 12 * S.Lanes * rounds : throw new InvalidOperationException("multiply-adds gave nothing");
    }
}
