namespace LatentSharp.Compute;

/// <summary>
/// Sessions of plans that keep weights, held between the calls of a model so that the next call of the same size finds its weights made.
/// Sessions that wait here and the one that starts together never take more than the memory budget: those that were used longest ago make
/// room.
/// </summary>
internal sealed class SessionCache
{
    private const int Capacity = 8;

    private readonly Lock gate = new();
    private readonly LinkedList<PlanSession> waiting = [];

    /// <summary>A session of a plan, for one caller: one that waits, or a new one.</summary>
    /// <param name="plan">What it runs.</param>
    /// <param name="budget">The budget of the plan and of all that waits.</param>
    /// <exception cref="LatentSharpException">The machine does not have the memory.</exception>
    public Lease Take(Plan plan, MemoryBudget budget)
    {
        PlanSession? found = null;
        var ended = new List<PlanSession>();
        lock (gate)
        {
            found = waiting.FirstOrDefault(s => s.Plan == plan);
            if (found is not null) waiting.Remove(found);
            else
            {
                long room = budget.Bytes - plan.PeakBytes;
                while (waiting.Sum(s => s.Plan.PeakBytes) > room && waiting.Last is { } oldest)
                {
                    ended.Add(oldest.Value);
                    waiting.RemoveLast();
                }
            }
        }
        foreach (PlanSession session in ended) session.Dispose();
        return new Lease(plan.KeptBytes > 0 ? this : null, found ?? plan.Start());
    }

    /// <summary>Ends all sessions that wait.</summary>
    public void Clear()
    {
        PlanSession[] ended;
        lock (gate)
        {
            ended = [.. waiting];
            waiting.Clear();
        }
        foreach (PlanSession session in ended) session.Dispose();
    }

    private void Keep(PlanSession session)
    {
        PlanSession? ended = session;
        lock (gate)
        {
            // A second session of the same plan would hold the same weights again.
            if (waiting.All(s => s.Plan != session.Plan))
            {
                waiting.AddFirst(session);
                ended = waiting.Count > Capacity ? waiting.Last!.Value : null;
                if (ended is not null) waiting.RemoveLast();
            }
        }
        ended?.Dispose();
    }

    /// <summary>A session in use: waits again when disposed, or ends where it keeps no weights.</summary>
    /// <param name="Cache">Where it waits; null for nowhere.</param>
    /// <param name="Session">The session.</param>
    public readonly record struct Lease(SessionCache? Cache, PlanSession Session) : IDisposable
    {
        /// <inheritdoc/>
        public void Dispose()
        {
            if (Cache is null) Session.Dispose();
            else Cache.Keep(Session);
        }
    }
}
