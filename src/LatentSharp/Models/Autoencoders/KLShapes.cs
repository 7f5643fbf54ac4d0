using LatentSharp.Weights;

namespace LatentSharp.Models.Autoencoders;

/// <summary>What the shapes of an <see cref="AutoencoderKL"/>'s tensors say about its widths and depths.</summary>
internal static class KLShapes
{
    // A thousandth of the size: published autoencoders stop at a 32nd.
    private const int MostLevels = 10;

    /// <summary>Levels of resolution: consecutive numbers from 0 that have blocks.</summary>
    public static int Levels(WeightScope levels)
    {
        int count = 0;
        while (levels[count]["block"][0]["conv1"].Has("weight")) count++;
        if (count == 0) Outputs(levels[0]["block"][0]["conv1"]);
        if (count > MostLevels)
            throw new LatentSharpException(ErrorKind.BadInput, levels.Source.Name,
                $"{levels.Path} has {count} levels of resolution; at most {MostLevels} make sense.", Remedy.OtherArchitecture(levels.Source.Name));
        return count;
    }

    /// <summary>Residual blocks of a level.</summary>
    public static int Blocks(WeightScope level)
    {
        int count = 0;
        while (level["block"][count]["conv1"].Has("weight")) count++;
        return count;
    }

    /// <summary>Output channels of the convolution at a place.</summary>
    public static int Outputs(WeightScope conv) => Dimension(conv, 0);

    /// <summary>Input channels of the convolution at a place.</summary>
    public static int Inputs(WeightScope conv) => Dimension(conv, 1);

    /// <summary>
    /// The first of two places that exists: FLUX.2 files hold the quantisation convolutions inside the halves, others beside them.
    /// </summary>
    public static WeightScope? Find(WeightSource weights, string inside, string beside)
    {
        foreach (string path in (ReadOnlySpan<string>)[inside, beside])
            if (weights.Tensors.ContainsKey(path + ".weight")) return new WeightScope(weights, path);
        return null;
    }

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
