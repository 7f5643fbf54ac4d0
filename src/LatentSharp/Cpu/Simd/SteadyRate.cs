using System.Diagnostics;

namespace LatentSharp.Cpu.Simd;

/// <summary>How much of something all threads do in a second while they do nothing else.</summary>
internal static class SteadyRate
{
    // The best of them counts: work of others on the machine and code that is not compiled well yet make some slower, nothing makes one
    // faster.
    private const int Slices = 8;

    /// <summary>Measures.</summary>
    /// <param name="threads">How many work at once.</param>
    /// <param name="seconds">How long: enough for the processor to settle at the clock that it keeps under such load.</param>
    /// <param name="prepare">Called on each thread; returns what is repeated, a call of which says how much it did.</param>
    /// <returns>The sum over the threads, of each its best eighth of the time.</returns>
    public static double Of(int threads, double seconds, Func<Func<double>> prepare)
    {
        var rates = new double[threads];
        using var together = new Barrier(threads);
        Thread[] all = [.. Enumerable.Range(0, threads).Select(i => new Thread(() =>
        {
            Func<double> work = prepare();
            work();
            together.SignalAndWait();
            for (int slice = 0; slice < Slices; slice++)
            {
                long start = Stopwatch.GetTimestamp();
                double done = 0;
                while (Stopwatch.GetElapsedTime(start).TotalSeconds < seconds / Slices) done += work();
                rates[i] = Math.Max(rates[i], done / Stopwatch.GetElapsedTime(start).TotalSeconds);
            }
        }))];
        foreach (Thread thread in all) thread.Start();
        foreach (Thread thread in all) thread.Join();
        return rates.Sum();
    }
}
