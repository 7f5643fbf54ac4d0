using LatentSharp.Cpu;

namespace LatentSharp.Autoencoders;

/// <summary>The last few plans of an autoencoder. A plan holds no memory of its own, so keeping some costs little and saves making them again for every picture of a series.</summary>
internal sealed class PlanCache
{
    private const int Capacity = 8;

    private readonly Lock gate = new();
    private readonly LinkedList<(Key Key, CpuPlan Plan)> recent = [];

    /// <summary>What a plan was made for.</summary>
    public readonly record struct Key(bool Encode, int Height, int Width, ComputeOptions Options);

    /// <summary>The plan for a key, made when it is not there.</summary>
    public CpuPlan Get(Key key, Func<CpuPlan> make)
    {
        lock (gate)
        {
            for (LinkedListNode<(Key Key, CpuPlan Plan)>? node = recent.First; node is not null; node = node.Next)
            {
                if (node.Value.Key != key) continue;
                recent.Remove(node);
                recent.AddFirst(node);
                return node.Value.Plan;
            }
        }
        CpuPlan plan = make();
        lock (gate)
        {
            recent.AddFirst((key, plan));
            if (recent.Count > Capacity) recent.RemoveLast();
        }
        return plan;
    }
}
