namespace LatentSharp.Compute;

/// <summary>
/// The last few plans of a model. A plan holds no memory of its own, so keeping some costs little and saves making them again for every
/// picture of a series.
/// </summary>
internal sealed class PlanCache
{
    private const int Capacity = 8;

    private readonly Lock gate = new();
    private readonly LinkedList<(Key Key, Plan Plan)> recent = [];

    /// <summary>What a plan was made for.</summary>
    /// <param name="Part">Which of the model's networks.</param>
    /// <param name="Height">Rows.</param>
    /// <param name="Width">Columns.</param>
    /// <param name="Options">How it is run.</param>
    public readonly record struct Key(string Part, int Height, int Width, ComputeOptions Options);

    /// <summary>The plan for a key, made when it is not there.</summary>
    public Plan Get(Key key, Func<Plan> make)
    {
        lock (gate)
        {
            for (LinkedListNode<(Key Key, Plan Plan)>? node = recent.First; node is not null; node = node.Next)
            {
                if (node.Value.Key != key) continue;
                recent.Remove(node);
                recent.AddFirst(node);
                return node.Value.Plan;
            }
        }
        Plan plan = make();
        lock (gate)
        {
            recent.AddFirst((key, plan));
            if (recent.Count > Capacity) recent.RemoveLast();
        }
        return plan;
    }
}
