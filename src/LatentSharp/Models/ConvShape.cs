using LatentSharp.Weights;

namespace LatentSharp.Models;

/// <summary>What the shape of a convolution's weight [outputs, inputs, rows, columns] says.</summary>
internal static class ConvShape
{
    /// <summary>Output channels of the convolution at a place.</summary>
    /// <exception cref="LatentSharpException">The tensor is missing or has not this shape.</exception>
    public static int Outputs(WeightScope conv) => Dimension(conv, 0);

    /// <summary>Input channels of the convolution at a place.</summary>
    /// <exception cref="LatentSharpException">The tensor is missing or has not this shape.</exception>
    public static int Inputs(WeightScope conv) => Dimension(conv, 1);

    private static int Dimension(WeightScope conv, int axis)
    {
        if (conv.ShapeOf("weight") is not { } shape)
            throw new LatentSharpException(ErrorKind.BadInput, conv.Source.Name, $"the tensor {conv.Path}.weight is missing.",
                Remedy.OtherArchitecture(conv.Source.Name));
        if (shape.Rank is not (2 or 4) || shape[axis] is <= 0 or > 65536)
            throw new LatentSharpException(ErrorKind.BadInput, conv.Source.Name,
                $"the tensor {conv.Path}.weight has the shape {shape}; a convolution has [outputs, inputs, rows, columns].",
                Remedy.OtherArchitecture(conv.Source.Name));
        return (int)shape[axis];
    }
}
