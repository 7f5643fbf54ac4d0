using System.Collections.Immutable;
using LatentSharp.Weights;

namespace LatentSharp.Models.Autoencoders;

/// <summary>The hyper-parameters of one half of an <see cref="AutoencoderKL"/>, read from the shapes of its tensors.</summary>
/// <param name="Inputs">Channels of its first convolution's input: 3, or those of the latent.</param>
/// <param name="First">Channels behind the first convolution.</param>
/// <param name="Levels">The levels of resolution, the finest first.</param>
/// <param name="Outputs">Channels of its last convolution's output: the moments, or 3.</param>
/// <param name="Attention">Whether there is an attention in the middle; only CogView4 has none.</param>
internal sealed record KLShapes(int Inputs, int First, ImmutableArray<KLLevel> Levels, int Outputs, bool Attention)
{
    // A thousandth of the size: published autoencoders stop at a 32nd.
    private const int MostLevels = 10;

    /// <summary>Pixels per position of the latent, each way.</summary>
    public int Factor => 1 << (Levels.Length - 1);

    /// <summary>Those of the encoder at a place.</summary>
    /// <exception cref="LatentSharpException">A tensor is missing or has not the shape of a convolution's weight.</exception>
    public static KLShapes Encoder(WeightScope half) => Half(half, "down");

    /// <summary>Those of the decoder at a place.</summary>
    /// <exception cref="LatentSharpException">A tensor is missing or has not the shape of a convolution's weight.</exception>
    public static KLShapes Decoder(WeightScope half) => Half(half, "up");

    /// <summary>
    /// The first of two places that exists: FLUX.2 files hold the quantisation convolutions inside the halves, others beside them.
    /// </summary>
    public static WeightScope? Find(WeightSource weights, string inside, string beside)
    {
        foreach (string path in (ReadOnlySpan<string>)[inside, beside])
            if (weights.Tensors.ContainsKey(path + ".weight")) return new WeightScope(weights, path);
        return null;
    }

    private static KLShapes Half(WeightScope half, string levels) => new(ConvShape.Inputs(half["conv_in"]),
        ConvShape.Outputs(half["conv_in"]), LevelsOf(half[levels]), ConvShape.Outputs(half["conv_out"]), half["mid"]["attn_1"].Exists);

    // Consecutive numbers from 0 that have blocks.
    private static ImmutableArray<KLLevel> LevelsOf(WeightScope levels)
    {
        List<KLLevel> found = [];
        while (levels[found.Count]["block"][0]["conv1"].Has("weight"))
        {
            if (found.Count == MostLevels)
                throw new LatentSharpException(ErrorKind.BadInput, levels.Source.Name,
                    $"{levels.Path} has more than {MostLevels} levels of resolution; no more make sense.",
                    Remedy.OtherArchitecture(levels.Source.Name));
            found.Add(Level(levels[found.Count]["block"]));
        }
        // The message names the tensor that is missing.
        if (found.Count == 0) ConvShape.Outputs(levels[0]["block"][0]["conv1"]);
        return [.. found];
    }

    private static KLLevel Level(WeightScope blocks)
    {
        int count = 0;
        while (blocks[count]["conv1"].Has("weight")) count++;
        return new KLLevel(ConvShape.Outputs(blocks[0]["conv1"]), count);
    }
}

/// <summary>A level of resolution.</summary>
/// <param name="Channels">Channels behind its blocks.</param>
/// <param name="Blocks">Its residual blocks.</param>
internal readonly record struct KLLevel(int Channels, int Blocks);
