using System.Collections.Immutable;
using LatentSharp.Weights;

namespace LatentSharp.Graph;

/// <summary>How an <see cref="Attention"/> is computed.</summary>
/// <param name="Heads">The channels are divided into so many groups, each of which attends on its own.</param>
/// <param name="Scale">What the products of queries and keys are multiplied by; null for 1 / sqrt(channels of a head).</param>
/// <param name="Causal">Whether a token sees itself and those before it only.</param>
/// <param name="TakesInt8">As <see cref="Linear.TakesInt8"/>.</param>
internal sealed record AttentionForm(int Heads = 1, float? Scale = null, bool Causal = false, bool TakesInt8 = false);

/// <summary>
/// softmax(scale Q K^T + bias) V for every head over all positions in row-major order. The channels of a head lie next to each other.
/// </summary>
/// <param name="name">Where it stands.</param>
/// <param name="query">Q.</param>
/// <param name="key">K, as many channels.</param>
/// <param name="value">V, as many positions as K.</param>
/// <param name="form">Heads, scale, mask; null for one head that sees everything.</param>
/// <param name="bias">[heads, queries, keys] as rows, columns and channels; or null.</param>
internal sealed class Attention(string name, Node query, Node key, Node value, AttentionForm? form = null, Node? bias = null)
    : Node(name, bias is null ? [query, key, value] : [query, key, value, bias], query.Shape with { Channels = value.Shape.Channels })
{
    /// <summary>Q.</summary>
    public Node Query => Inputs[0];

    /// <summary>K.</summary>
    public Node Key => Inputs[1];

    /// <summary>V.</summary>
    public Node Value => Inputs[2];

    /// <summary>What is added to the scaled products, [heads, queries, keys] as rows, columns and channels; or null.</summary>
    public Node? Bias => Inputs.Length > 3 ? Inputs[3] : null;

    /// <summary>Heads, scale, mask.</summary>
    public AttentionForm Form { get; } = form ?? new AttentionForm();

    /// <summary>What the products of queries and keys are multiplied by.</summary>
    public float Scale => Form.Scale ?? (float)(1 / Math.Sqrt(Query.Shape.Channels / Form.Heads));

    /// <inheritdoc/>
    public override long MultiplyAdds => Query.Shape.Positions * Key.Shape.Positions * (Query.Shape.Channels + Value.Shape.Channels);

    /// <inheritdoc/>
    public override Node WithInputs(ImmutableArray<Node> inputs)
        => new Attention(Name, inputs[0], inputs[1], inputs[2], Form, inputs.Length > 3 ? inputs[3] : null);
}

/// <summary>
/// The bias that T5 adds to its attention: a number for each head and each distance between key and query, near distances one by one, far
/// ones in buckets whose size grows with the logarithm (transformers, modeling_t5.py: _relative_position_bucket, both directions).
/// </summary>
/// <param name="name">Where it stands.</param>
/// <param name="weight">[buckets, heads].</param>
/// <param name="tokens">Queries and keys.</param>
/// <param name="farthest">The distance from which on all share a bucket: 128.</param>
internal sealed class RelativeBias(string name, WeightRef weight, int tokens, int farthest)
    : Node(name, [], new FeatureShape(checked((int)weight.Shape[1]), tokens, tokens))
{
    /// <summary>[buckets, heads].</summary>
    public WeightRef Weight { get; } = weight;

    /// <summary>The distance from which on all share a bucket.</summary>
    public int Farthest { get; } = farthest;

    /// <inheritdoc/>
    public override IEnumerable<WeightRef> Weights => [Weight];

    /// <inheritdoc/>
    public override Node WithInputs(ImmutableArray<Node> inputs) => this;

    /// <summary>The bucket of a distance.</summary>
    /// <param name="distance">The key's position less the query's.</param>
    public int Bucket(int distance)
    {
        int half = (int)Weight.Shape[0] / 2, near = half / 2, length = Math.Abs(distance), first = distance > 0 ? half : 0;
        if (length < near) return first + length;
        // float32 as in the original: 8 of these logarithms are whole numbers, and a bit more or less would move them to another bucket.
        float far = MathF.Log((float)length / near) / (float)Math.Log((double)Farthest / near) * (half - near);
        return first + Math.Min(half - 1, near + (int)far);
    }
}

/// <summary>
/// Attention whose weights are relu(q) . relu(k), normalised by their sum: linear in the number of positions. The channels are consecutive
/// groups of <c>3 * HeadChannels</c>, each holding query, key and value: out = (V K^T) Q / (1 K^T Q + 1e-15).
/// </summary>
/// <param name="name">Where it stands.</param>
/// <param name="source">What it reads.</param>
/// <param name="headChannels">Channels of a query.</param>
internal sealed class ReluLinearAttention(string name, Node source, int headChannels)
    : Node(name, [source], source.Shape with { Channels = source.Shape.Channels / 3 })
{
    /// <summary>Added to the sum of the weights; where all of a query is 0 the result is 0.</summary>
    public const double Epsilon = 1e-15;

    /// <summary>What it reads.</summary>
    public Node Source => Inputs[0];

    /// <summary>Channels of a query.</summary>
    public int HeadChannels { get; } = headChannels;

    /// <inheritdoc/>
    public override long MultiplyAdds => 2 * Shape.Count * (HeadChannels + 1);

    /// <inheritdoc/>
    public override Node WithInputs(ImmutableArray<Node> inputs) => new ReluLinearAttention(Name, inputs[0], HeadChannels);
}
