using System.Collections.Immutable;

namespace LatentSharp.Graph;

/// <summary>A direction in which features are cut and joined.</summary>
internal enum Axis
{
    /// <summary>Along the channels of every position.</summary>
    Channels,
    /// <summary>Along the tokens of a sequence.</summary>
    Tokens,
}

/// <summary>Consecutive channels of every position, or consecutive tokens of a sequence.</summary>
/// <param name="name">Where it stands.</param>
/// <param name="source">What it reads.</param>
/// <param name="axis">Channels or tokens.</param>
/// <param name="first">The first one.</param>
/// <param name="count">How many.</param>
internal sealed class Slice(string name, Node source, Axis axis, int first, int count)
    : Node(name, [source], axis == Axis.Channels ? source.Shape with { Channels = count } : source.Shape with { Width = count })
{
    /// <summary>What it reads.</summary>
    public Node Source => Inputs[0];

    /// <summary>Channels or tokens.</summary>
    public Axis Axis { get; } = axis;

    /// <summary>The first one.</summary>
    public int First { get; } = first;

    /// <summary>How many.</summary>
    public int Count => Axis == Axis.Channels ? Shape.Channels : Shape.Width;

    /// <inheritdoc/>
    public override Node WithInputs(ImmutableArray<Node> inputs) => new Slice(Name, inputs[0], Axis, First, Count);
}

/// <summary>Several results one after the other: the channels of results of one size, or the tokens of sequences of one width.</summary>
/// <param name="name">Where it stands.</param>
/// <param name="parts">At least one.</param>
/// <param name="axis">Channels or tokens.</param>
internal sealed class Concat(string name, ImmutableArray<Node> parts, Axis axis = Axis.Channels)
    : Node(name, parts, axis == Axis.Channels
        ? parts[0].Shape with { Channels = parts.Sum(p => p.Shape.Channels) }
        : parts[0].Shape with { Width = parts.Sum(p => p.Shape.Width) })
{
    /// <summary>What is joined.</summary>
    public ImmutableArray<Node> Parts => Inputs;

    /// <summary>Channels or tokens.</summary>
    public Axis Axis { get; } = axis;

    /// <inheritdoc/>
    public override Node WithInputs(ImmutableArray<Node> inputs) => new Concat(Name, inputs, Axis);
}

/// <summary>
/// The row of a sequence that stands for the whole text: that of the first token which ends it, or of the first of the tokens with the
/// highest number (transformers,
/// modeling_clip.py). Where the end does not occur it is the first row of all.
/// </summary>
/// <param name="name">Where it stands.</param>
/// <param name="source">The sequence that is read.</param>
/// <param name="ids">The numbers of the tokens, one channel.</param>
/// <param name="end">The number that ends a text; null for the highest that occurs, which CLIP's end of text is.</param>
internal sealed class TokenOfText(string name, Node source, Node ids, int? end = null)
    : Node(name, [source, ids], source.Shape with { Width = 1 })
{
    /// <summary>The sequence that is read.</summary>
    public Node Source => Inputs[0];

    /// <summary>The numbers of the tokens.</summary>
    public Node Ids => Inputs[1];

    /// <summary>The number that ends a text, or null for the highest.</summary>
    public int? End { get; } = end;

    /// <inheritdoc/>
    public override Node WithInputs(ImmutableArray<Node> inputs) => new TokenOfText(Name, inputs[0], inputs[1], End);
}
