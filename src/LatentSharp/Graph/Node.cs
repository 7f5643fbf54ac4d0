using System.Collections.Immutable;
using System.Diagnostics;
using LatentSharp.Weights;

namespace LatentSharp.Graph;

/// <summary>
/// One operation of a network, with its inputs and the shape of its result. Nothing is computed while a graph is built, and a node never
/// changes. Nodes are compared by reference: two equal convolutions of one input are two nodes.
/// </summary>
/// <param name="name">Where the operation stands in the network, in the words of the checkpoint: <c>decoder.up.3.block.0.conv1</c>.</param>
/// <param name="inputs">The nodes whose results it reads.</param>
/// <param name="shape">The shape of its result for one picture.</param>
[DebuggerDisplay("{ToString(),nq}")]
internal abstract class Node(string name, ImmutableArray<Node> inputs, FeatureShape shape)
{
    /// <summary>Where the operation stands in the network, in the words of the checkpoint: <c>decoder.up.3.block.0.conv1</c>.</summary>
    public string Name { get; } = name;

    /// <summary>The nodes whose results it reads.</summary>
    public ImmutableArray<Node> Inputs { get; } = inputs;

    /// <summary>The shape of its result for one picture.</summary>
    public FeatureShape Shape { get; } = shape;

    /// <summary>Multiply-adds of the direct evaluation, for one picture.</summary>
    public virtual long MultiplyAdds => 0;

    /// <summary>The tensors that the operation reads.</summary>
    public virtual IEnumerable<WeightRef> Weights => [];

    /// <summary>Those of the tensors that have a gradient; statistics that were gathered have none.</summary>
    public virtual IEnumerable<WeightRef> Learned => Weights;

    /// <summary>The name of the operation in the field's vocabulary.</summary>
    public string Operation => GetType().Name;

    /// <summary>The same operation on other inputs of the same shapes.</summary>
    /// <param name="inputs">As many as <see cref="Inputs"/>.</param>
    public abstract Node WithInputs(ImmutableArray<Node> inputs);

    /// <summary>
    /// The same result by simpler operations on <see cref="Inputs"/>, or null where there are none. A device or an exporter that does not
    /// know an operation computes its expansion, so an operation that has one runs everywhere.
    /// </summary>
    public virtual Node? Expand() => null;

    /// <summary>As in <c>Conv2d decoder.conv_in 64x64x512</c>: operation, name, shape.</summary>
    public sealed override string ToString() => $"{Operation} {Name} {Shape}";
}
