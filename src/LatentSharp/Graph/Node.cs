using System.Collections.Immutable;
using LatentSharp.Weights;

namespace LatentSharp.Graph;

/// <summary>
/// One operation of a network, with its inputs and the shape of its result. Nothing is computed while a graph is built.
/// Nodes are compared by reference, and every derived record has to say so again: the comparison that the compiler would write walks
/// through all inputs, which takes exponential time where branches meet.
/// </summary>
/// <param name="Name">Where the operation stands in the network, in the words of the checkpoint: <c>decoder.up.3.block.0.conv1</c>.</param>
/// <param name="Inputs">The nodes whose results it reads.</param>
/// <param name="Shape">The shape of its result for one picture.</param>
public abstract record Node(string Name, ImmutableArray<Node> Inputs, FeatureShape Shape)
{
    /// <summary>Multiply-adds of the direct evaluation, for one picture.</summary>
    public virtual long MultiplyAdds => 0;

    /// <summary>The tensors that the operation reads.</summary>
    public virtual IEnumerable<WeightRef> Weights => [];

    /// <summary>The name of the operation in the field's vocabulary.</summary>
    public string Operation => GetType().Name;

    /// <inheritdoc/>
    public virtual bool Equals(Node? other) => ReferenceEquals(this, other);

    /// <inheritdoc/>
    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);

    /// <inheritdoc/>
    public sealed override string ToString() => $"{Operation} {Name} {Shape}";
}

/// <summary>Rows and columns of zeros that a convolution sees around its input.</summary>
/// <param name="Top">Rows above.</param>
/// <param name="Left">Columns before.</param>
/// <param name="Bottom">Rows below.</param>
/// <param name="Right">Columns after.</param>
public readonly record struct Padding(int Top, int Left, int Bottom, int Right)
{
    /// <summary>The same on all four sides.</summary>
    public static Padding All(int size) => new(size, size, size, size);
}

/// <summary>The functions that are applied value by value.</summary>
public enum ActivationKind
{
    /// <summary>x * sigmoid(x), also called swish.</summary>
    SiLU,
    /// <summary>max(x, 0).</summary>
    ReLU,
    /// <summary>3 * tanh(x / 3): the soft clamp in front of the decoders of the TAESD family.</summary>
    TanhClamp3,
}
