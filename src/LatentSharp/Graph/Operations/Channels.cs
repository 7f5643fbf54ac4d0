using System.Collections.Immutable;

namespace LatentSharp.Graph;

/// <summary>Every channel several times in place, as torch's <c>repeat_interleave</c>: c0 c0 c1 c1 ...</summary>
/// <param name="name">Where it stands.</param>
/// <param name="source">What it reads.</param>
/// <param name="times">How often each channel comes.</param>
internal sealed class RepeatChannels(string name, Node source, int times)
    : Node(name, [source], source.Shape with { Channels = source.Shape.Channels * times })
{
    /// <summary>What it reads.</summary>
    public Node Source => Inputs[0];

    /// <summary>How often each channel comes.</summary>
    public int Times { get; } = times;

    /// <inheritdoc/>
    public override Node WithInputs(ImmutableArray<Node> inputs) => new RepeatChannels(Name, inputs[0], Times);
}

/// <summary>The mean of every <paramref name="size"/> consecutive channels.</summary>
/// <param name="name">Where it stands.</param>
/// <param name="source">What it reads.</param>
/// <param name="size">Channels of a group.</param>
internal sealed class MeanOfChannels(string name, Node source, int size)
    : Node(name, [source], source.Shape with { Channels = source.Shape.Channels / size })
{
    /// <summary>What it reads.</summary>
    public Node Source => Inputs[0];

    /// <summary>Channels of a group.</summary>
    public int Size { get; } = size;

    /// <inheritdoc/>
    public override Node WithInputs(ImmutableArray<Node> inputs) => new MeanOfChannels(Name, inputs[0], Size);
}

/// <summary>
/// Channels in another order, several times, or left out: out[i] = in[sources[i]], or 0 where the source is <see cref="Zero"/>.
/// </summary>
/// <param name="name">Where it stands.</param>
/// <param name="source">What it reads.</param>
/// <param name="sources">For each channel of the result the channel that it comes from, or <see cref="Zero"/>.</param>
internal sealed class SelectChannels(string name, Node source, ImmutableArray<int> sources)
    : Node(name, [source], source.Shape with { Channels = sources.Length })
{
    /// <summary>Stands for a channel of zeros.</summary>
    public const int Zero = -1;

    /// <summary>What it reads.</summary>
    public Node Source => Inputs[0];

    /// <summary>For each channel of the result the channel that it comes from, or <see cref="Zero"/>.</summary>
    public ImmutableArray<int> Sources { get; } = sources;

    /// <inheritdoc/>
    public override Node WithInputs(ImmutableArray<Node> inputs) => new SelectChannels(Name, inputs[0], Sources);
}
