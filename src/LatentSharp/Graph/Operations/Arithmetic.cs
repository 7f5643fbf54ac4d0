using System.Collections.Immutable;

namespace LatentSharp.Graph;

/// <summary>The sum of two results of one shape.</summary>
/// <param name="name">Where it stands.</param>
/// <param name="left">One summand.</param>
/// <param name="right">The other.</param>
public sealed class Add(string name, Node left, Node right) : Node(name, [left, right], left.Shape)
{
    /// <summary>One summand.</summary>
    public Node Left => Inputs[0];

    /// <summary>The other summand.</summary>
    public Node Right => Inputs[1];

    /// <inheritdoc/>
    public override Node WithInputs(ImmutableArray<Node> inputs) => new Add(Name, inputs[0], inputs[1]);
}
