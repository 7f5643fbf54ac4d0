using LatentSharp.Graph;

namespace LatentSharp.Cpu.Planning;

/// <summary>Nodes that are computed together, so that what lies between them is never in memory.</summary>
internal abstract record Fused
{
    /// <summary>The node whose result is written.</summary>
    public abstract Node Result { get; }

    /// <summary>The nodes whose results are read.</summary>
    public abstract IEnumerable<Node> Reads { get; }

    /// <summary>The node whose sums over all positions have to be known before, or null.</summary>
    public virtual Node? Summed => null;

    /// <summary>Adds the steps that compute the result and gives it a place.</summary>
    /// <param name="plan">Knows the places.</param>
    /// <param name="index">Where the result stands among those that are in memory.</param>
    public abstract void Lower(Lowering plan, int index);
}
