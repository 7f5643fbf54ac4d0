using LatentSharp.Server.Http;
using LatentSharp.Server.Operations;

namespace LatentSharp.Server.Computing;

/// <summary>
/// The one queue before the processor. What a computation takes is known from its plan: work that never fits is refused before its body is
/// read, work that does not fit beside what runs waits, and who has to wait too long is told when to come again. Interactive work overtakes
/// batch work, but not for ever.
/// </summary>
internal sealed class ComputeQueue(ServerOptions options, TimeProvider time, ComputeMeter? meter = null)
{
    private const int InteractiveInARow = 4;

    private readonly Lock gate = new();
    private readonly LinkedList<Ticket> interactive = [], batch = [];
    private readonly WorkPace pace = new();
    private readonly HashSet<Ticket> running = [];
    private int inARow;
    private bool draining;

    /// <summary>How full it is.</summary>
    internal QueueState State
    {
        get
        {
            lock (gate)
                return new QueueState(running.Count, interactive.Count + batch.Count, running.Sum(t => t.Work.Bytes), Rejected, draining);
        }
    }

    /// <summary>Requests that found it full.</summary>
    internal long Rejected { get; private set; }

    /// <summary>Computations that have had their turn.</summary>
    internal long Taken { get; private set; }

    /// <summary>Refuses work that can never run, or that would find the queue full: before its body is read.</summary>
    internal void Require(PlannedWork work)
    {
        if (work.Bytes > options.MemoryBudget)
            throw new RefusedRequest(StatusCodes.Status413PayloadTooLarge,
                $"This takes {Megabytes(work.Bytes)} of memory by its plan; the service may take {Megabytes(options.MemoryBudget)}.",
                "Ask for a smaller picture or batch.")
            { Expected = Megabytes(options.MemoryBudget), Found = Megabytes(work.Bytes) };
        lock (gate) RequireRoom();
    }

    /// <summary>Waits for its turn and computes.</summary>
    /// <typeparam name="T">What comes out.</typeparam>
    /// <param name="work">What it takes.</param>
    /// <param name="urgency">Who waits.</param>
    /// <param name="compute">The computation, on a thread of the pool.</param>
    /// <param name="cancellationToken">Ends the waiting, or the computation.</param>
    /// <param name="waiting">Told the place in the queue, from 1, as it changes; 0 when the turn has come.</param>
    /// <exception cref="RefusedRequest">It can never run, the queue is full, or it took longer than it may.</exception>
    internal async Task<T> RunAsync<T>(PlannedWork work, Urgency urgency, Func<CancellationToken, T> compute,
        CancellationToken cancellationToken, Action<int>? waiting = null)
    {
        Require(work);
        long asked = time.GetTimestamp();
        Ticket ticket = Enter(work, urgency, waiting);
        try
        {
            using (ComputeTraces.Waiting(urgency)) await ticket.Turn.Task.WaitAsync(cancellationToken);
            waiting?.Invoke(0);
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            if (urgency == Urgency.Interactive) ended.CancelAfter(options.Deadline);
            long started = time.GetTimestamp();
            meter?.Waited(time.GetElapsedTime(asked), urgency);
            T result;
            try
            {
                using (ComputeTraces.Running(work, urgency)) result = await Task.Run(() => compute(ended.Token), CancellationToken.None);
            }
            catch (OperationCanceledException) when (ended.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                throw new RefusedRequest(StatusCodes.Status503ServiceUnavailable,
                    $"This took longer than the {options.Deadline.TotalSeconds:0} seconds that a request may take.",
                    "Ask for less at once, or as a job.");
            }
            TimeSpan took = time.GetElapsedTime(started);
            pace.Add(work, took);
            meter?.Took(took, urgency);
            return result;
        }
        finally
        {
            Leave(ticket);
        }
    }

    /// <summary>From now on nothing new is taken; what waits or runs goes on.</summary>
    internal void Drain()
    {
        lock (gate) draining = true;
    }

    private Ticket Enter(PlannedWork work, Urgency urgency, Action<int>? waiting)
    {
        var ticket = new Ticket(work, urgency, waiting);
        lock (gate)
        {
            RequireRoom();
            (urgency == Urgency.Interactive ? interactive : batch).AddLast(ticket);
            Start();
            Tell();
        }
        return ticket;
    }

    private void Leave(Ticket ticket)
    {
        lock (gate)
        {
            if (!running.Remove(ticket)) (ticket.Urgency == Urgency.Interactive ? interactive : batch).Remove(ticket);
            Start();
            Tell();
        }
    }

    // The caller holds the lock in all of the following.
    private void RequireRoom()
    {
        if (draining)
            throw new RefusedRequest(StatusCodes.Status503ServiceUnavailable, "The service is shutting down.", "Ask another one, or come again.")
            { RetryAfter = 5 };
        if (interactive.Count + batch.Count < options.QueueLength) return;
        Rejected++;
        int seconds = pace.Seconds(running.Concat(interactive).Concat(batch).Select(t => t.Work), options.Parallel);
        throw new RefusedRequest(StatusCodes.Status429TooManyRequests, $"{options.QueueLength} requests are waiting already.",
            $"Come again in {seconds} seconds.")
        { RetryAfter = seconds };
    }

    private void Start()
    {
        while (Next() is { } ticket)
        {
            if (running.Count >= options.Parallel) return;
            if (running.Count > 0 && running.Sum(t => t.Work.Bytes) + ticket.Work.Bytes > options.MemoryBudget) return;
            (ticket.Urgency == Urgency.Interactive ? interactive : batch).RemoveFirst();
            inARow = ticket.Urgency == Urgency.Interactive ? inARow + 1 : 0;
            running.Add(ticket);
            Taken++;
            ticket.Turn.SetResult();
        }
    }

    private Ticket? Next()
        => interactive.First is { } first && (batch.First is null || inARow < InteractiveInARow) ? first.Value : batch.First?.Value;

    private void Tell()
    {
        int place = 0;
        foreach (Ticket ticket in interactive.Concat(batch)) ticket.Waiting?.Invoke(++place);
    }

    private static string Megabytes(long bytes) => $"{(bytes + 999_999) / 1_000_000:N0} MB";

    private sealed class Ticket(PlannedWork work, Urgency urgency, Action<int>? waiting)
    {
        internal PlannedWork Work { get; } = work;

        internal Urgency Urgency { get; } = urgency;

        internal Action<int>? Waiting { get; } = waiting;

        internal TaskCompletionSource Turn { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

/// <summary>How full the queue is.</summary>
/// <param name="Running">Computations under way.</param>
/// <param name="Waiting">Computations that wait.</param>
/// <param name="RunningBytes">What the plans of those under way take.</param>
/// <param name="Rejected">Requests that found it full.</param>
/// <param name="Draining">Whether nothing new is taken.</param>
internal readonly record struct QueueState(int Running, int Waiting, long RunningBytes, long Rejected, bool Draining);
