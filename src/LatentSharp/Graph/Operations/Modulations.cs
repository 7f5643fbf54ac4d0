using System.Collections.Immutable;

namespace LatentSharp.Graph;

/// <summary>(1 + scale) x + shift at every position, scale and shift being one row each: how a transformer is told the time.</summary>
/// <param name="name">Where it stands.</param>
/// <param name="source">x.</param>
/// <param name="scale">One position with as many channels.</param>
/// <param name="shift">One position with as many channels.</param>
internal sealed class Modulate(string name, Node source, Node scale, Node shift) : Node(name, [source, scale, shift], source.Shape)
{
    /// <summary>x.</summary>
    public Node Source => Inputs[0];

    /// <summary>What x is multiplied by, less 1.</summary>
    public Node Scale => Inputs[1];

    /// <summary>What is added.</summary>
    public Node Shift => Inputs[2];

    /// <inheritdoc/>
    public override Node WithInputs(ImmutableArray<Node> inputs) => new Modulate(Name, inputs[0], inputs[1], inputs[2]);

    /// <inheritdoc/>
    public override Node Expand() => new Add(Name, new Add(Name + ".scaled", Source, new Multiply(Name + ".scale", Source, Scale)), Shift);
}

/// <summary>x + gate y, the gate being one row for all positions: how a block of a transformer adds what it has found.</summary>
/// <param name="name">Where it stands.</param>
/// <param name="source">x.</param>
/// <param name="change">y, of the same shape.</param>
/// <param name="gate">One position with as many channels.</param>
internal sealed class Gate(string name, Node source, Node change, Node gate) : Node(name, [source, change, gate], source.Shape)
{
    /// <summary>x.</summary>
    public Node Source => Inputs[0];

    /// <summary>y.</summary>
    public Node Change => Inputs[1];

    /// <summary>What y is multiplied by. A class cannot have a member of its own name.</summary>
    public Node Factor => Inputs[2];

    /// <inheritdoc/>
    public override Node WithInputs(ImmutableArray<Node> inputs) => new Gate(Name, inputs[0], inputs[1], inputs[2]);

    /// <inheritdoc/>
    public override Node Expand() => new Add(Name, Source, new Multiply(Name + ".gated", Change, Factor));
}
