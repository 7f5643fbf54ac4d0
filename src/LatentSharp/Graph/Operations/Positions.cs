using System.Collections.Immutable;

namespace LatentSharp.Graph;

/// <summary>Nearest-neighbour enlargement by two, each way.</summary>
/// <param name="name">Where it stands.</param>
/// <param name="source">What it reads.</param>
internal sealed class Upsample2x(string name, Node source)
    : Node(name, [source], new FeatureShape(source.Shape.Height * 2, source.Shape.Width * 2, source.Shape.Channels))
{
    /// <summary>What it reads.</summary>
    public Node Source => Inputs[0];

    /// <inheritdoc/>
    public override Node WithInputs(ImmutableArray<Node> inputs) => new Upsample2x(Name, inputs[0]);
}

/// <summary>Channels to positions: out[c](2y+i, 2x+j) = in[4c+2i+j](y, x).</summary>
/// <param name="name">Where it stands.</param>
/// <param name="source">What it reads; a multiple of four channels.</param>
internal sealed class PixelShuffle2x(string name, Node source)
    : Node(name, [source], new FeatureShape(source.Shape.Height * 2, source.Shape.Width * 2, source.Shape.Channels / 4))
{
    /// <summary>What it reads.</summary>
    public Node Source => Inputs[0];

    /// <inheritdoc/>
    public override Node WithInputs(ImmutableArray<Node> inputs) => new PixelShuffle2x(Name, inputs[0]);
}

/// <summary>Positions to channels: out[4c+2i+j](y, x) = in[c](2y+i, 2x+j).</summary>
/// <param name="name">Where it stands.</param>
/// <param name="source">What it reads; height and width are even.</param>
internal sealed class PixelUnshuffle2x(string name, Node source)
    : Node(name, [source], new FeatureShape(source.Shape.Height / 2, source.Shape.Width / 2, source.Shape.Channels * 4))
{
    /// <summary>What it reads.</summary>
    public Node Source => Inputs[0];

    /// <inheritdoc/>
    public override Node WithInputs(ImmutableArray<Node> inputs) => new PixelUnshuffle2x(Name, inputs[0]);
}
