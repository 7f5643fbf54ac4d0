using System.Diagnostics;
using LatentSharp.Tensors;

namespace LatentSharp.Weights;

/// <summary>One tensor of a weight source: its name, how its elements are stored and its shape, outermost dimension first.</summary>
/// <param name="Name">The name as stored.</param>
/// <param name="Type">How the elements are stored.</param>
/// <param name="Shape">The dimensions.</param>
[DebuggerDisplay("{ToString(),nq}")]
public sealed record TensorInfo(string Name, ElementType Type, Shape Shape)
{
    /// <summary>The number of bytes that the elements take as stored.</summary>
    public long ByteLength => Shape.ElementCount / Type.BlockLength() * Type.BlockBytes();

    /// <summary>Name, type and shape, as in <c>decoder.conv_in.weight BF16 [512, 16, 3, 3]</c>.</summary>
    public override string ToString() => $"{Name} {Type.Name()} {Shape}";
}
