namespace LatentSharp.Compute;

/// <summary>
/// Sessions of plans that keep weights, held between the calls of a model so that the next call of the same size finds its weights made.
/// Sessions that wait here, those at work and the one that starts together never take more than the memory budget: those that were used
/// longest ago make room. Models that share a budget share a cache.
/// </summary>
/// <param name="capacity">The most sessions that wait.</param>
internal sealed class SessionCache(int capacity = 8)
{
    private readonly Lock gate = new();
    private readonly LinkedList<PlanSession> waiting = [];
    private readonly Dictionary<PlanSession, object> owners = [];
    private long running;

    /// <summary>A session of a plan, for one caller: one that waits, or a new one.</summary>
    /// <param name="owner">Whose it is.</param>
    /// <param name="plan">What it runs.</param>
    /// <param name="budget">The budget of the plan and of all that waits.</param>
    /// <exception cref="LatentSharpException">The machine does not have the memory.</exception>
    public Lease Take(object owner, Plan plan, MemoryBudget budget)
    {
        PlanSession? found = null;
        var ended = new List<PlanSession>();
        lock (gate)
        {
            found = waiting.FirstOrDefault(s => s.Plan == plan);
            if (found is not null) End(waiting.Find(found)!);
            else
            {
                long room = budget.Bytes - plan.PeakBytes - running;
                while (waiting.Sum(s => s.Plan.PeakBytes) > room && waiting.Last is { } oldest) ended.Add(End(oldest));
            }
            running += plan.PeakBytes;
        }
        foreach (PlanSession session in ended) session.Dispose();
        try
        {
            return new Lease(this, owner, found ?? plan.Start());
        }
        catch
        {
            lock (gate) running -= plan.PeakBytes;
            throw;
        }
    }

    /// <summary>Ends all sessions of an owner that wait.</summary>
    public void Clear(object owner)
    {
        var ended = new List<PlanSession>();
        lock (gate)
        {
            for (LinkedListNode<PlanSession>? node = waiting.First, next; node is not null; node = next)
            {
                next = node.Next;
                if (owners[node.Value] == owner) ended.Add(End(node));
            }
        }
        foreach (PlanSession session in ended) session.Dispose();
    }

    /// <summary>Ends all sessions that wait.</summary>
    public void Clear()
    {
        PlanSession[] ended;
        lock (gate)
        {
            ended = [.. waiting];
            waiting.Clear();
            owners.Clear();
        }
        foreach (PlanSession session in ended) session.Dispose();
    }

    private void GiveBack(object owner, PlanSession session)
    {
        PlanSession? ended = session;
        lock (gate)
        {
            running -= session.Plan.PeakBytes;
            // Sessions of one plan have their weights in common; where a device cannot do that, one of them is enough.
            if (session.Plan.KeptBytes > 0 && (session.Plan.SharesKeptBytes || waiting.All(s => s.Plan != session.Plan)))
            {
                waiting.AddFirst(session);
                owners[session] = owner;
                ended = waiting.Count > capacity ? End(waiting.Last!) : null;
            }
        }
        ended?.Dispose();
    }

    // The caller holds the lock, and disposes what is given back.
    private PlanSession End(LinkedListNode<PlanSession> node)
    {
        waiting.Remove(node);
        owners.Remove(node.Value);
        return node.Value;
    }

    /// <summary>A session in use: waits again when disposed, or ends where it keeps no weights.</summary>
    /// <param name="Cache">Where it waits.</param>
    /// <param name="Owner">Whose it is.</param>
    /// <param name="Session">The session.</param>
    public readonly record struct Lease(SessionCache Cache, object Owner, PlanSession Session) : IDisposable
    {
        /// <inheritdoc/>
        public void Dispose() => Cache.GiveBack(Owner, Session);
    }
}
