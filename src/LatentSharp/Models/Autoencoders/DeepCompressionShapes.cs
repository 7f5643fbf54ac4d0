using LatentSharp.Weights;

namespace LatentSharp.Models.Autoencoders;

/// <summary>What the names and shapes of a <see cref="DeepCompressionAutoencoder"/>'s tensors say about its levels.</summary>
internal static class DeepCompressionShapes
{
    private const int MostLevels = 10;

    /// <summary>One more than the highest level that has blocks.</summary>
    public static int Levels(WeightScope levels)
    {
        for (int level = MostLevels - 1; level >= 0; level--)
            if (levels[level].Exists) return level + 1;
        throw new LatentSharpException(ErrorKind.BadInput, levels.Source.Name, $"there are no tensors below {levels.Path}.",
            Remedy.OtherArchitecture(levels.Source.Name));
    }

    /// <summary>The channels of a level's blocks.</summary>
    public static int Channels(WeightScope level)
    {
        for (int i = 0; level[i].Exists; i++)
        {
            if (level[i]["conv1"].Has("weight")) return ConvShape.Outputs(level[i]["conv1"]);
            if (level[i]["attn"]["to_q"].Has("weight")) return ConvShape.Outputs(level[i]["attn"]["to_q"]);
        }
        throw new LatentSharpException(ErrorKind.BadInput, level.Source.Name, $"the level {level.Path} has no blocks.",
            Remedy.OtherArchitecture(level.Source.Name));
    }

    /// <summary>The kernel size of the depthwise convolution at a place.</summary>
    public static int Kernel(WeightScope conv) => conv.ShapeOf("weight") is { Rank: 4 } shape && shape[2] is > 0 and < 64
        ? (int)shape[2] : 5;

    /// <summary>How many times <paramref name="part"/> is contained in <paramref name="whole"/>.</summary>
    public static int Ratio(int whole, int part, WeightScope where)
        => part > 0 && whole % part == 0 ? whole / part
        : throw new LatentSharpException(ErrorKind.BadInput, where.Source.Name,
            $"{where.Path}: {whole} channels are not a multiple of {part}.", Remedy.OtherArchitecture(where.Source.Name));
}
