using System.Collections.Immutable;
using LatentSharp.Tensors;
using LatentSharp.Weights;

namespace LatentSharp.Models.Pixel;

/// <summary>The hyper-parameters of a <see cref="UNet2D"/>, read from the shapes of its tensors.</summary>
/// <param name="InChannels">Channels of the sample: 3.</param>
/// <param name="OutChannels">Channels of the output: 3.</param>
/// <param name="First">Channels behind the first convolution.</param>
/// <param name="Levels">Channels of each level of resolution, the finest first: <c>block_out_channels</c>.</param>
/// <param name="Layers">Residual blocks of a level on the way down; one more on the way up: <c>layers_per_block</c>.</param>
/// <param name="TimeChannels">Channels of the waves that say the time.</param>
/// <param name="TimeWidth">Channels of what the blocks are told of it.</param>
internal sealed record UNet2DShapes(int InChannels, int OutChannels, int First, ImmutableArray<int> Levels, int Layers, int TimeChannels,
    int TimeWidth)
{
    private const int MostLevels = 10;

    /// <summary>What both sides of a picture have to be multiples of.</summary>
    public int Factor => 1 << (Levels.Length - 1);

    /// <summary>Reads the shapes.</summary>
    /// <param name="weights">Weights under today's names: <see cref="UNet2DWeights.From"/>.</param>
    /// <exception cref="LatentSharpException">A tensor is missing, or there are more levels than make sense.</exception>
    public static UNet2DShapes From(WeightSource weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        var w = new WeightScope(weights);
        Shape time = w.ShapeOf("time_embedding.linear_1.weight") is { Rank: 2 } shape && shape[0] is > 0 and <= 65536 && shape[1] is > 1 and <= 65536
            && shape[1] % 2 == 0 ? shape : throw new LatentSharpException(ErrorKind.BadInput, weights.Name,
                "the matrix time_embedding.linear_1.weight of a UNet is missing or no matrix of an even number of columns.",
                Remedy.OtherArchitecture(weights.Name));
        var levels = new List<int>();
        while (w["down_blocks"][levels.Count]["resnets"][0]["conv1"].Has("weight"))
        {
            if (levels.Count == MostLevels)
                throw new LatentSharpException(ErrorKind.BadInput, weights.Name,
                    $"down_blocks has more than {MostLevels} levels of resolution; no more make sense.", Remedy.OtherArchitecture(weights.Name));
            levels.Add(ConvShape.Outputs(w["down_blocks"][levels.Count]["resnets"][0]["conv1"]));
        }
        // The message names the tensor that is missing.
        if (levels.Count == 0) ConvShape.Outputs(w["down_blocks"][0]["resnets"][0]["conv1"]);
        int layers = 0;
        while (w["down_blocks"][0]["resnets"][layers]["conv1"].Has("weight")) layers++;
        return new UNet2DShapes(ConvShape.Inputs(w["conv_in"]), ConvShape.Outputs(w["conv_out"]), ConvShape.Outputs(w["conv_in"]),
            [.. levels], layers, (int)time[1], (int)time[0]);
    }
}
