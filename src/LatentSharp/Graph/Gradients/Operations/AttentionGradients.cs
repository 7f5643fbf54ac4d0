using System.Collections.Immutable;

namespace LatentSharp.Graph.Gradients;

/// <summary>What of an attention a gradient belongs to.</summary>
internal enum AttentionPart
{
    /// <summary>The queries: dS K.</summary>
    Query,
    /// <summary>The keys: dS^T Q.</summary>
    Key,
    /// <summary>The values: P^T dy.</summary>
    Value,
}

/// <summary>
/// The gradient of an <see cref="Attention"/> to one of its inputs. The weights P are computed again; with D the sum over the channels of a
/// head of dy times the attention's result, dS = scale P (dy V^T - D).
/// </summary>
/// <param name="name">Where it stands.</param>
/// <param name="part">Whose gradient.</param>
/// <param name="form">Heads, scale, mask.</param>
/// <param name="inputs">dy, the attention's result, Q, K, V, and the bias if there is one.</param>
internal sealed class AttentionGradient(string name, AttentionPart part, AttentionForm form, ImmutableArray<Node> inputs)
    : Node(name, inputs, inputs[2 + (int)part].Shape)
{
    /// <summary>dy.</summary>
    public Node Gradient => Inputs[0];

    /// <summary>The attention's result.</summary>
    public Node Result => Inputs[1];

    /// <summary>Q.</summary>
    public Node Query => Inputs[2];

    /// <summary>K.</summary>
    public Node Key => Inputs[3];

    /// <summary>V.</summary>
    public Node Value => Inputs[4];

    /// <summary>What was added to the scaled products, or null.</summary>
    public Node? Bias => Inputs.Length > 5 ? Inputs[5] : null;

    /// <summary>Whose gradient.</summary>
    public AttentionPart Part { get; } = part;

    /// <summary>Heads, scale, mask.</summary>
    public AttentionForm Form { get; } = form;

    /// <summary>What the products of queries and keys are multiplied by.</summary>
    public double Scale => Form.Scale ?? 1 / Math.Sqrt(Query.Shape.Channels / Form.Heads);

    /// <inheritdoc/>
    public override long MultiplyAdds => Query.Shape.Positions * Key.Shape.Positions * (2L * Query.Shape.Channels + Value.Shape.Channels);

    /// <inheritdoc/>
    public override Node WithInputs(ImmutableArray<Node> inputs) => new AttentionGradient(Name, Part, Form, inputs);
}
