using System.Collections.Immutable;
using LatentSharp.Weights;

namespace LatentSharp.Models.Flux;

/// <summary>
/// The hyper-parameters of a FLUX.1 transformer, read from the shapes of its tensors (black-forest-labs/flux, model.py, FluxParams).
/// </summary>
/// <param name="InChannels">Features of an image token: 64, Fill 384, Canny and Depth 128.</param>
/// <param name="OutChannels">Features of a predicted token: 64.</param>
/// <param name="Hidden">Width of the streams: 3,072.</param>
/// <param name="HeadChannels">Features of a head: 128.</param>
/// <param name="Mlp">Width of the feed-forward layers: 12,288.</param>
/// <param name="Context">Features of a text token: 4,096.</param>
/// <param name="Vector">Features of the pooled text: 768.</param>
/// <param name="DoubleBlocks">Blocks with a stream each for picture and text: 19.</param>
/// <param name="SingleBlocks">Blocks with one stream: 38.</param>
/// <param name="Guidance">Whether the guidance is an input; not in schnell.</param>
internal sealed record FluxShapes(int InChannels, int OutChannels, int Hidden, int HeadChannels, int Mlp, int Context, int Vector,
    int DoubleBlocks, int SingleBlocks, bool Guidance)
{
    /// <summary>Heads of the attention: 24.</summary>
    public int Heads => Hidden / HeadChannels;

    /// <summary>
    /// How the features of a head are shared out among the three axes of a position (16, 56, 56). Shapes do not show it: null where a head
    /// has not 128 features, and a <c>config.json</c> has to say it.
    /// </summary>
    public ImmutableArray<int>? Axes => HeadChannels == 128 ? [16, 56, 56] : null;

    /// <summary>What kind of model it is, as far as shapes tell: Kontext and Krea have those of dev.</summary>
    public string Variant => InChannels == 384 ? "FLUX.1 Fill" : InChannels == 128 ? "FLUX.1 Canny or Depth" : Guidance ? "FLUX.1-dev" : "FLUX.1-schnell";

    /// <summary>Reads the shapes.</summary>
    /// <param name="weights">Weights under BFL's names: <see cref="FluxWeights.From"/>.</param>
    /// <exception cref="LatentSharpException">A tensor is missing, or two do not fit each other.</exception>
    public static FluxShapes From(WeightSource weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        var w = new WeightScope(weights);
        (int hidden, int channels) = Matrix("img_in");
        int head = (int)(w.ShapeOf("double_blocks.0.img_attn.norm.key_norm.scale")?.ElementCount
            ?? throw Missing("double_blocks.0.img_attn.norm.key_norm.scale"));
        if (head < 2 || head % 2 != 0 || hidden % head != 0)
            throw new LatentSharpException(ErrorKind.BadInput, weights.Name,
                $"a stream of {hidden} features does not divide into heads of {head}.", Remedy.OtherArchitecture(weights.Name));
        int doubles = Blocks("double_blocks"), singles = Blocks("single_blocks");
        if (singles == 0) throw Missing("single_blocks.0.linear1.weight");
        return new FluxShapes(channels, Matrix("final_layer.linear").Rows, hidden, head, Matrix("double_blocks.0.img_mlp.0").Rows, Matrix("txt_in").Columns,
            Matrix("vector_in.in_layer").Columns, doubles, singles, w.Has("guidance_in.in_layer.weight"));

        (int Rows, int Columns) Matrix(string module)
            => w.ShapeOf(module + ".weight") is { Rank: 2 } shape && shape[0] <= int.MaxValue && shape[1] <= int.MaxValue
            ? ((int)shape[0], (int)shape[1]) : throw Missing(module + ".weight");

        int Blocks(string name)
        {
            int count = 0;
            while (w[name][count].Exists) count++;
            return count;
        }

        LatentSharpException Missing(string name)
            => new(ErrorKind.BadInput, weights.Name, $"the matrix {name} of a FLUX.1 transformer is missing.", Remedy.OtherArchitecture(weights.Name));
    }
}
