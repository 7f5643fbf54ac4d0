using System.Collections.Immutable;

namespace LatentSharp.Graph;

/// <summary>The functions that are applied value by value.</summary>
internal enum ActivationKind
{
    /// <summary>x * sigmoid(x), also called swish.</summary>
    SiLU,
    /// <summary>max(x, 0).</summary>
    ReLU,
    /// <summary>3 * tanh(x / 3): the soft clamp in front of the decoders of the TAESD family.</summary>
    TanhClamp3,
    /// <summary>x times the probability that a standard normal variable lies below x (by the error function): the exact GELU.</summary>
    Gelu,
    /// <summary>0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))): GELU by its approximation with the hyperbolic tangent.</summary>
    GeluTanh,
    /// <summary>x * sigmoid(1.702 x): the GELU of CLIP.</summary>
    QuickGelu,
}

/// <summary>A function applied value by value.</summary>
/// <param name="name">Where it stands.</param>
/// <param name="source">What it reads.</param>
/// <param name="kind">The function.</param>
internal sealed class Activation(string name, Node source, ActivationKind kind) : Node(name, [source], source.Shape)
{
    /// <summary>What it reads.</summary>
    public Node Source => Inputs[0];

    /// <summary>The function.</summary>
    public ActivationKind Kind { get; } = kind;

    /// <inheritdoc/>
    public override Node WithInputs(ImmutableArray<Node> inputs) => new Activation(Name, inputs[0], Kind);
}

/// <summary>The first half of the channels times SiLU of the second half.</summary>
/// <param name="name">Where it stands.</param>
/// <param name="source">What it reads; an even number of channels.</param>
internal sealed class GatedSiLU(string name, Node source) : Node(name, [source], source.Shape with { Channels = source.Shape.Channels / 2 })
{
    /// <summary>What it reads.</summary>
    public Node Source => Inputs[0];

    /// <inheritdoc/>
    public override Node WithInputs(ImmutableArray<Node> inputs) => new GatedSiLU(Name, inputs[0]);

    /// <inheritdoc/>
    public override Node Expand()
        => new Multiply(Name, Source.Channels(0, Shape.Channels), Source.Channels(Shape.Channels, Shape.Channels).SiLU());
}
