using System.Collections.Immutable;

namespace LatentSharp.Graph;

/// <summary>The largest value of each window, in every channel by itself; windows that do not lie inside are left out.</summary>
/// <param name="name">Where it stands.</param>
/// <param name="source">What it reads; a window fits into it.</param>
/// <param name="size">Rows and columns of a window.</param>
/// <param name="stride">From one window to the next, each way.</param>
internal sealed class MaxPool(string name, Node source, int size, int stride)
    : Node(name, [source], new Window(size, size, stride, default, 1).Over(source.Shape, source.Shape.Channels))
{
    /// <summary>What it reads.</summary>
    public Node Source => Inputs[0];

    /// <summary>Rows and columns of a window.</summary>
    public int Size { get; } = size;

    /// <summary>From one window to the next, each way.</summary>
    public int Stride { get; } = stride;

    /// <inheritdoc/>
    public override Node WithInputs(ImmutableArray<Node> inputs) => new MaxPool(Name, inputs[0], Size, Stride);
}
