using System.Collections.Immutable;

namespace LatentSharp.Graph;

/// <summary>The sum of two results of one shape, or of a result and a row that is added at every position.</summary>
/// <param name="name">Where it stands.</param>
/// <param name="left">One summand.</param>
/// <param name="right">The other, or one position with as many channels.</param>
internal sealed class Add(string name, Node left, Node right) : Node(name, [left, right], left.Shape)
{
    /// <summary>One summand.</summary>
    public Node Left => Inputs[0];

    /// <summary>The other summand.</summary>
    public Node Right => Inputs[1];

    /// <summary>Whether <see cref="Right"/> is one row that is added at every position.</summary>
    public bool IsRow => Right.Shape != Shape;

    /// <inheritdoc/>
    public override Node WithInputs(ImmutableArray<Node> inputs) => new Add(Name, inputs[0], inputs[1]);
}

/// <summary>
/// The product, value by value, of two results of one shape, or of a result and a row that every position is multiplied by.
/// </summary>
/// <param name="name">Where it stands.</param>
/// <param name="left">One factor.</param>
/// <param name="right">The other, or one position with as many channels.</param>
internal sealed class Multiply(string name, Node left, Node right) : Node(name, [left, right], left.Shape)
{
    /// <summary>One factor.</summary>
    public Node Left => Inputs[0];

    /// <summary>The other factor.</summary>
    public Node Right => Inputs[1];

    /// <summary>Whether <see cref="Right"/> is one row that every position is multiplied by.</summary>
    public bool IsRow => Right.Shape != Shape;

    /// <inheritdoc/>
    public override Node WithInputs(ImmutableArray<Node> inputs) => new Multiply(Name, inputs[0], inputs[1]);
}
