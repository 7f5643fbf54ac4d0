using System.Diagnostics;
using LatentSharp.Cpu.Threads;

namespace LatentSharp.Bench.Steps;

/// <summary>
/// Workers that there are not: the caller computes every unit of a loop and times it, and whichever worker would have been free first is
/// said to have done it. What the caller does between loops counts for all of them. Waiting at the end of a loop costs nothing here, and
/// nobody shares a cache or the memory: what is found is what the schedule allows, not what a machine gives.
/// </summary>
internal sealed class SimulatedCrew(int workers) : WorkerCrew(1)
{
    private long mark;
    private Action<int, int>? spare;
    private int nextSpare, spareCount;

    public override int Workers => workers;

    /// <summary>Seconds from the start of the run, by the clock of the workers that there are not.</summary>
    public double Elapsed { get; private set; }

    /// <summary>Seconds that all workers together computed.</summary>
    public double Busy { get; private set; }

    /// <summary>Begins a run.</summary>
    public void Reset() => (Elapsed, Busy, mark, spareCount, nextSpare) = (0, 0, Stopwatch.GetTimestamp(), 0, 0);

    /// <summary>Counts what was done since the last loop.</summary>
    public void Settle()
    {
        long now = Stopwatch.GetTimestamp();
        Elapsed += Stopwatch.GetElapsedTime(mark, now).TotalSeconds;
        mark = now;
    }

    public override void For(int units, Action<int, int> body, Action<double>? progress = null)
    {
        Cancel.ThrowIfCancellationRequested();
        Settle();
        var free = new PriorityQueue<int, double>(Enumerable.Range(0, workers).Select(worker => (worker, 0.0)));
        double end = 0;
        for (int unit = 0; unit < units; unit++) end = Math.Max(end, Take(free, body, unit));
        // A worker that finds nothing left takes what is offered while others are at work.
        while (nextSpare < spareCount && free.TryPeek(out _, out double at) && at < end)
            end = Math.Max(end, Take(free, spare!, nextSpare++));
        Elapsed += end;
        mark = Stopwatch.GetTimestamp();
    }

    public override void Offer(int units, Action<int, int> body) => (spare, spareCount, nextSpare) = (body, units, 0);

    public override void Finish()
    {
        if (spare is not { } rest) return;
        int first = nextSpare, left = spareCount - first;
        (spare, spareCount, nextSpare) = (null, 0, 0);
        if (left > 0) For(left, (unit, worker) => rest(first + unit, worker));
    }

    // One worker's own memory serves for all: that of others would have left the caches.
    private double Take(PriorityQueue<int, double> free, Action<int, int> body, int unit)
    {
        free.TryDequeue(out int worker, out double at);
        long start = Stopwatch.GetTimestamp();
        body(unit, 0);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Busy += seconds;
        free.Enqueue(worker, at + seconds);
        return at + seconds;
    }
}
