using LatentSharp.Weights;

namespace LatentSharp.Models.Text;

/// <summary>The hyper-parameters of a T5 v1.1 encoder, read from the shapes of its tensors.</summary>
/// <param name="Vocabulary">Rows of the embedding: 32,128.</param>
/// <param name="Width">4,096.</param>
/// <param name="Inner">Channels of all heads: 4,096.</param>
/// <param name="Heads">64.</param>
/// <param name="Mlp">10,240.</param>
/// <param name="Blocks">24.</param>
/// <param name="Buckets">Of distances: 32.</param>
internal sealed record T5Shapes(int Vocabulary, int Width, int Inner, int Heads, int Mlp, int Blocks, int Buckets)
{
    /// <summary>Reads the shapes.</summary>
    /// <param name="weights">Weights under the names of transformers: <see cref="TextWeights.T5"/>.</param>
    /// <exception cref="LatentSharpException">A tensor is missing.</exception>
    public static T5Shapes From(WeightSource weights)
    {
        var w = new WeightScope(weights);
        WeightScope first = w["encoder"]["block"][0]["layer"];
        int blocks = 0;
        while (w["encoder"]["block"][blocks].Exists) blocks++;
        (int vocabulary, int width) = TextWeights.Matrix(w["shared"]);
        (int buckets, int heads) = TextWeights.Matrix(first[0]["SelfAttention"]["relative_attention_bias"]);
        int inner = TextWeights.Matrix(first[0]["SelfAttention"]["q"]).Rows;
        int mlp = TextWeights.Matrix(first[1]["DenseReluDense"]["wi_0"]).Rows;
        return new T5Shapes(vocabulary, width, inner, heads, mlp, blocks, buckets);
    }
}
