using LatentSharp.Weights;

namespace LatentSharp.Models.Text;

/// <summary>The hyper-parameters of a CLIP text encoder, read from the shapes of its tensors.</summary>
/// <param name="Vocabulary">Numbers of tokens: 49,408.</param>
/// <param name="Positions">The most tokens: 77.</param>
/// <param name="Width">768.</param>
/// <param name="Mlp">3,072.</param>
/// <param name="Layers">12.</param>
/// <param name="Projection">Width of the projected text, 0 where the file has no projection. FLUX.1 does not use it.</param>
internal sealed record ClipShapes(int Vocabulary, int Positions, int Width, int Mlp, int Layers, int Projection)
{
    /// <summary>Channels of a head in every published CLIP; shapes do not show them.</summary>
    public const int HeadChannels = 64;

    /// <summary>Reads the shapes.</summary>
    /// <param name="weights">Weights under the names of transformers: <see cref="TextWeights.Clip"/>.</param>
    /// <exception cref="LatentSharpException">A tensor is missing.</exception>
    public static ClipShapes From(WeightSource weights)
    {
        var w = new WeightScope(weights, "text_model");
        (int vocabulary, int width) = TextWeights.Matrix(w["embeddings"]["token_embedding"]);
        int layers = 0;
        while (w["encoder"]["layers"][layers].Exists) layers++;
        int positions = TextWeights.Matrix(w["embeddings"]["position_embedding"]).Rows;
        int mlp = TextWeights.Matrix(w["encoder"]["layers"][0]["mlp"]["fc1"]).Rows;
        var projection = new WeightScope(weights, "text_projection");
        int projected = projection.Has("weight") ? TextWeights.Matrix(projection).Rows : 0;
        return new ClipShapes(vocabulary, positions, width, mlp, layers, projected);
    }
}
