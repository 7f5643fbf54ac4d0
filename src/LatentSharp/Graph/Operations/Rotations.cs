using System.Collections.Immutable;

namespace LatentSharp.Graph;

/// <summary>
/// The angles of a rotary position embedding: for every token the cosines, then the sines, of position * theta^(-2j/d) for the pairs j of
/// each axis, the axes one after the other (black-forest-labs/flux, math.py and layers.py: rope, EmbedND).
/// </summary>
/// <param name="name">Where it stands.</param>
/// <param name="ids">The positions of every token, one channel for each axis.</param>
/// <param name="axes">d, the channels of a head that each axis turns: even.</param>
/// <param name="theta">The base.</param>
internal sealed class RotaryTable(string name, Node ids, ImmutableArray<int> axes, double theta)
    : Node(name, [ids], ids.Shape with { Channels = axes.Sum() })
{
    /// <summary>The positions of every token.</summary>
    public Node Ids => Inputs[0];

    /// <summary>The channels of a head that each axis turns.</summary>
    public ImmutableArray<int> Axes { get; } = axes;

    /// <summary>The base.</summary>
    public double Theta { get; } = theta;

    /// <summary>For every pair of channels the axis that turns it and the angle for one step along that axis.</summary>
    public IEnumerable<(int Axis, double Frequency)> Pairs
        => Axes.SelectMany((d, axis) => Enumerable.Range(0, d / 2).Select(j => (axis, Math.Pow(Theta, -2.0 * j / d))));

    /// <inheritdoc/>
    public override Node WithInputs(ImmutableArray<Node> inputs) => new RotaryTable(Name, inputs[0], Axes, Theta);
}

/// <summary>
/// Turns the pairs of neighbouring channels of every head by the angles of its token: (x0 cos - x1 sin, x0 sin + x1 cos).
/// </summary>
/// <param name="name">Where it stands.</param>
/// <param name="source">Queries or keys, head after head.</param>
/// <param name="table">A <see cref="RotaryTable"/>, or anything of its form: for every token the cosines of all pairs of a head, then the
/// sines.</param>
internal sealed class Rope(string name, Node source, Node table) : Node(name, [source, table], source.Shape)
{
    /// <summary>Queries or keys, head after head.</summary>
    public Node Source => Inputs[0];

    /// <summary>Cosines, then sines.</summary>
    public Node Table => Inputs[1];

    /// <summary>Channels of a head.</summary>
    public int HeadChannels => Table.Shape.Channels;

    /// <inheritdoc/>
    public override Node WithInputs(ImmutableArray<Node> inputs) => new Rope(Name, inputs[0], inputs[1]);
}
