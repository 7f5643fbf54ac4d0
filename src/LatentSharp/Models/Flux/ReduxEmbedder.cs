using LatentSharp.Graph;
using LatentSharp.Weights;

namespace LatentSharp.Models.Flux;

/// <summary>
/// What makes text tokens of the features that SigLIP sees in a picture (black-forest-labs/flux 802fb47,
/// <c>modules/image_embedders.py</c>): they stand behind those of the prompt. The input is <c>siglip</c> [tokens, 1,152], the output
/// <c>image_embeds</c> [tokens, 4,096].
/// </summary>
internal static class ReduxEmbedder
{
    /// <summary>Whether a source holds one.</summary>
    public static bool Recognises(WeightSource weights) => weights.Tensors.ContainsKey("redux_up.weight");

    /// <summary>The features of a token that it takes.</summary>
    /// <exception cref="LatentSharpException">It holds no such network.</exception>
    public static int Width(WeightSource weights) => Matrix(weights, "redux_up").Columns;

    /// <summary>The features of a token that it gives.</summary>
    /// <exception cref="LatentSharpException">It holds no such network.</exception>
    public static int Context(WeightSource weights) => Matrix(weights, "redux_down").Rows;

    /// <summary>The network.</summary>
    /// <param name="weights">The weights of the adapter's file.</param>
    /// <param name="tokens">How many tokens: 729 of a picture.</param>
    /// <exception cref="LatentSharpException">A tensor is missing or has the wrong shape.</exception>
    public static NetworkGraph Of(WeightSource weights, int tokens)
    {
        var w = new WeightScope(weights);
        (int hidden, int width) = Matrix(weights, "redux_up");
        Node up = Build.Sequence("siglip", tokens, width).Linear(w["redux_up"], hidden).Activate(ActivationKind.SiLU);
        return new NetworkGraph($"FLUX.1 Redux {tokens} tokens",
            new Output("image_embeds", up.Linear(w["redux_down"], Context(weights)), Layout.ChannelsLast));
    }

    private static (int Rows, int Columns) Matrix(WeightSource weights, string module)
        => new WeightScope(weights).ShapeOf(module + ".weight") is { Rank: 2 } shape && shape[0] <= int.MaxValue && shape[1] <= int.MaxValue
        ? ((int)shape[0], (int)shape[1])
        : throw new LatentSharpException(ErrorKind.BadInput, weights.Name,
            $"the image adapter of FLUX.1 Redux was expected; {module}.weight is missing or no matrix.", Remedy.Inspect(weights.Name));
}
