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
    /// <summary>What is added to the products: dS / scale.</summary>
    Bias,
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

/// <summary>The gradient of a <see cref="RelativeBias"/> to its tensor: the sums over all pairs of tokens of a distance's bucket.</summary>
/// <param name="name">Where it stands.</param>
/// <param name="gradient">dy, [heads, queries, keys] as rows, columns and channels.</param>
/// <param name="bias">The operation whose gradient it is.</param>
internal sealed class RelativeBiasGradient(string name, Node gradient, RelativeBias bias)
    : Node(name, [gradient], FeatureShape.Sequence(checked((int)bias.Weight.Shape[0]), bias.Shape.Height))
{
    /// <summary>dy.</summary>
    public Node Gradient => Inputs[0];

    /// <summary>The operation whose gradient it is.</summary>
    public RelativeBias Bias { get; } = bias;

    /// <inheritdoc/>
    public override Node WithInputs(ImmutableArray<Node> inputs) => new RelativeBiasGradient(Name, inputs[0], Bias);
}

/// <summary>
/// The gradient of a <see cref="ReluLinearAttention"/>. With q and k what ReLU leaves of queries and keys, M = k^T v, s the sum of the keys,
/// and of a position n = q s + epsilon: du = dy / n, dn = -(dy . q M) / n^2; then dq = M du + dn s, dM = q^T du, ds = q^T dn,
/// dk = dM v + ds, dv = k dM, the first and the third where ReLU lets them through.
/// </summary>
/// <param name="name">Where it stands.</param>
/// <param name="gradient">dy.</param>
/// <param name="source">What the attention read.</param>
/// <param name="headChannels">Channels of a query.</param>
internal sealed class ReluLinearAttentionGradient(string name, Node gradient, Node source, int headChannels)
    : Node(name, [gradient, source], source.Shape)
{
    /// <summary>dy.</summary>
    public Node Gradient => Inputs[0];

    /// <summary>What the attention read: query, key and value of each head.</summary>
    public Node Source => Inputs[1];

    /// <summary>Channels of a query.</summary>
    public int HeadChannels { get; } = headChannels;

    /// <inheritdoc/>
    public override long MultiplyAdds => 6 * Gradient.Shape.Count * (HeadChannels + 1);

    /// <inheritdoc/>
    public override Node WithInputs(ImmutableArray<Node> inputs)
        => new ReluLinearAttentionGradient(Name, inputs[0], inputs[1], HeadChannels);
}
