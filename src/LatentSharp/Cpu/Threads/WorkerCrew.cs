using System.Runtime.ExceptionServices;

namespace LatentSharp.Cpu.Threads;

/// <summary>
/// A fixed set of threads that share loops. Units of a loop are handed out in order by one counter, so a slow thread takes fewer; what a
/// unit computes must not depend on who computes it, and results are therefore the same for any number of threads.
/// </summary>
internal class WorkerCrew : IDisposable
{
    private readonly Thread[] threads;
    private readonly Barrier start, finish;
    private CancellationToken cancellationToken;
    private Action<int, int>? body;
    private Action<double>? progress;
    private int next, count, busy;
    private Action<int, int>? spare;
    private int nextSpare, spareCount;
    private ExceptionDispatchInfo? failure;

    /// <summary>Starts <paramref name="workers"/> - 1 threads; the caller of <see cref="For"/> is the first worker.</summary>
    public WorkerCrew(int workers)
    {
        start = new Barrier(workers);
        finish = new Barrier(workers);
        threads = new Thread[workers - 1];
        for (int i = 0; i < threads.Length; i++)
        {
            int worker = i + 1;
            threads[i] = new Thread(() => Serve(worker), 1 << 20) { IsBackground = true, Name = $"LatentSharp worker {worker}" };
            threads[i].Start();
        }
    }

    /// <summary>The request that ends the loops of the run at hand.</summary>
    public CancellationToken Cancel => cancellationToken;

    /// <summary>Gets ready for the loops of a run.</summary>
    public void Begin(CancellationToken cancellationToken)
        => (this.cancellationToken, failure, spare, spareCount) = (cancellationToken, null, null, 0);

    /// <summary>The number of workers, the caller included.</summary>
    public virtual int Workers => threads.Length + 1;

    /// <summary>Calls <paramref name="body"/>(unit, worker) for every unit from 0 to <paramref name="units"/> - 1.</summary>
    /// <param name="units">How many units there are.</param>
    /// <param name="body">Computes one.</param>
    /// <param name="progress">Is told on the caller's thread, whenever that has finished a unit, which part of the units has been begun;
    /// for loops that take long.</param>
    /// <exception cref="OperationCanceledException">Cancellation was requested; units that had begun are finished first.</exception>
    public virtual void For(int units, Action<int, int> body, Action<double>? progress = null)
    {
        cancellationToken.ThrowIfCancellationRequested();
        (this.body, this.progress, count, next) = (body, progress, units, 0);
        busy = Workers;
        if (threads.Length > 0) start.SignalAndWait(CancellationToken.None);
        Work(0);
        if (threads.Length > 0) finish.SignalAndWait(CancellationToken.None);
        (this.body, this.progress) = (null, null); // what a loop has captured must not outlive it
        failure?.Throw();
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>
    /// Offers units of what will be needed after the loops that follow: a worker that finds nothing left in a loop takes some while others
    /// are at work.
    /// </summary>
    /// <param name="units">How many units there are.</param>
    /// <param name="body">Computes one; called with the unit and the worker.</param>
    public virtual void Offer(int units, Action<int, int> body) => (spare, spareCount, nextSpare) = (body, units, 0);

    /// <summary>Computes what is left of the units that were offered.</summary>
    /// <exception cref="OperationCanceledException">Cancellation was requested.</exception>
    public virtual void Finish()
    {
        if (spare is not { } rest) return;
        int first = Math.Min(nextSpare, spareCount), left = spareCount - first;
        (spare, spareCount) = (null, 0);
        if (left > 0) For(left, (unit, worker) => rest(first + unit, worker));
    }

    /// <summary>Ends the threads.</summary>
    public void Dispose()
    {
        body = null;
        if (threads.Length > 0) start.SignalAndWait(CancellationToken.None);
        foreach (Thread thread in threads) thread.Join();
        start.Dispose();
        finish.Dispose();
    }

    private void Serve(int worker)
    {
        while (true)
        {
            start.SignalAndWait(CancellationToken.None);
            if (body is null) return;
            Work(worker);
            finish.SignalAndWait(CancellationToken.None);
        }
    }

    private void Work(int worker)
    {
        try
        {
            while (IsGoingOn)
            {
                int unit = Interlocked.Increment(ref next) - 1;
                if (unit >= count) break;
                body!(unit, worker);
                if (worker == 0) progress?.Invoke(Math.Min(1, Volatile.Read(ref next) / (double)count));
            }
            Interlocked.Decrement(ref busy);
            while (IsGoingOn && Volatile.Read(ref busy) > 0 && Volatile.Read(ref nextSpare) < spareCount)
            {
                int unit = Interlocked.Increment(ref nextSpare) - 1;
                if (unit < spareCount) spare!(unit, worker);
            }
        }
        catch (Exception e)
        {
            failure = ExceptionDispatchInfo.Capture(e);
        }
    }

    private bool IsGoingOn => !cancellationToken.IsCancellationRequested && failure is null;
}
