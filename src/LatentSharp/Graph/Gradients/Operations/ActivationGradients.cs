using System.Collections.Immutable;

namespace LatentSharp.Graph.Gradients;

/// <summary>The gradient of an <see cref="Activation"/> to its input: dy f'(x).</summary>
/// <param name="name">Where it stands.</param>
/// <param name="gradient">dy.</param>
/// <param name="value">x; for functions whose derivative is told by the result (<see cref="ReadsResult"/>) that.</param>
/// <param name="kind">The function.</param>
internal sealed class ActivationGradient(string name, Node gradient, Node value, ActivationKind kind)
    : Node(name, [gradient, value], value.Shape)
{
    /// <summary>dy.</summary>
    public Node Gradient => Inputs[0];

    /// <summary>The input of the function, or its result.</summary>
    public Node Value => Inputs[1];

    /// <summary>The function.</summary>
    public ActivationKind Kind { get; } = kind;

    /// <summary>
    /// Whether the derivative is computed from the function's result: ReLU's is 1 where that is above 0, 3 tanh(x / 3) has 1 - (y / 3)^2.
    /// Their inputs need not be kept.
    /// </summary>
    public static bool ReadsResult(ActivationKind kind) => kind is ActivationKind.ReLU or ActivationKind.TanhClamp3;

    /// <inheritdoc/>
    public override Node WithInputs(ImmutableArray<Node> inputs) => new ActivationGradient(Name, inputs[0], inputs[1], Kind);
}

/// <summary>The gradient of a <see cref="Pointwise"/> to its input: dy f'(x).</summary>
/// <param name="name">Where it stands.</param>
/// <param name="gradient">dy.</param>
/// <param name="value">x.</param>
/// <param name="function">The function.</param>
internal sealed class PointwiseGradient(string name, Node gradient, Node value, PointFunction function)
    : Node(name, [gradient, value], value.Shape)
{
    /// <summary>dy.</summary>
    public Node Gradient => Inputs[0];

    /// <summary>x.</summary>
    public Node Value => Inputs[1];

    /// <summary>The function.</summary>
    public PointFunction Function { get; } = function;

    /// <inheritdoc/>
    public override Node WithInputs(ImmutableArray<Node> inputs) => new PointwiseGradient(Name, inputs[0], inputs[1], Function);
}
