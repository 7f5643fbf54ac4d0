using System.Globalization;
using LatentSharp.Graph;

namespace LatentSharp.Tuning;

/// <summary>Which tensors of an autoencoder are trained.</summary>
public sealed record TrainedPart
{
    private const string LastWord = "last:", RankWord = "rank:";

    // A list of blocks whose members have a number; what stands deeper belongs to the member.
    private static readonly string[] Lists = ["block", "blocks", "resnets", "op_list", "layers", "resblocks", "attentions"];

    private readonly int blocks;

    private TrainedPart(string word, int blocks = 0, int? rank = null) => (Word, this.blocks, Rank) = (word, blocks, rank);

    /// <summary>The decoder with what stands before it: the latent space stays where it is.</summary>
    public static TrainedPart Decoder { get; } = new("decoder");

    /// <summary>The encoder, so that what the frozen decoder makes of its latents comes closer. The latents move.</summary>
    public static TrainedPart Encoder { get; } = new("encoder");

    /// <summary>Encoder and decoder. The latents move.</summary>
    public static TrainedPart Both { get; } = new("both");

    /// <summary>Scales and offsets of the decoder's normalisations.</summary>
    public static TrainedPart Norms { get; } = new("norms");

    /// <summary>How it is written: <c>decoder</c>, <c>encoder</c>, <c>both</c>, <c>norms</c>, <c>last:2</c>,
    /// <c>rank:8</c>.</summary>
    public string Word { get; }

    /// <summary>The highest rank of what is added to matrices; null where tensors are trained as they are.</summary>
    internal int? Rank { get; }

    /// <summary>Whether the encoder changes, so that latents made before no longer fit.</summary>
    public bool MovesLatents => this == Encoder || this == Both;

    /// <summary>The last blocks of the decoder, with what stands behind them.</summary>
    /// <param name="blocks">How many.</param>
    public static TrainedPart Last(int blocks)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(blocks);
        return new TrainedPart(LastWord + blocks.ToString(CultureInfo.InvariantCulture), blocks);
    }

    /// <summary>
    /// The decoder's matrices by what is added to them, which has a low rank: few numbers, which hold a change of style or colour and
    /// little else. The result is a file as any other.
    /// </summary>
    /// <param name="rank">The highest rank of what is added.</param>
    public static TrainedPart LowRank(int rank)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rank);
        return new TrainedPart(RankWord + rank.ToString(CultureInfo.InvariantCulture), rank: rank);
    }

    /// <summary>The part that a word names.</summary>
    /// <exception cref="LatentSharpException">It names none.</exception>
    public static TrainedPart Parse(string word)
    {
        ArgumentNullException.ThrowIfNull(word);
        TrainedPart[] named = [Decoder, Encoder, Both, Norms];
        if (named.FirstOrDefault(p => p.Word.Equals(word, StringComparison.OrdinalIgnoreCase)) is { } part) return part;
        if (word.StartsWith(LastWord, StringComparison.OrdinalIgnoreCase)
            && int.TryParse(word.AsSpan(LastWord.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count > 0)
            return Last(count);
        if (word.StartsWith(RankWord, StringComparison.OrdinalIgnoreCase)
            && int.TryParse(word.AsSpan(RankWord.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int rank) && rank > 0)
            return LowRank(rank);
        string near = Likeness.Nearest(word, named.Select(p => p.Word)).FirstOrDefault() is { } meant ? $" Did you mean {meant}?" : "";
        throw new LatentSharpException(ErrorKind.Usage, word, $"there is no such part.{near}",
            "Parts are decoder, encoder, both, norms, last:N for the last N blocks of the decoder, and rank:N for changes of rank N.");
    }

    /// <inheritdoc/>
    public override string ToString() => Word;

    /// <summary>The canonical names of its tensors.</summary>
    /// <exception cref="LatentSharpException">The autoencoder has no such half, or no such tensors.</exception>
    internal HashSet<string> Of(Autoencoder autoencoder)
    {
        int side = 8 * autoencoder.Space.Factor;
        string[] names = this == Encoder ? Names(autoencoder.EncoderGraph(side, side))
            : this == Both ? [.. Names(autoencoder.EncoderGraph(side, side)), .. Names(autoencoder.DecoderGraph(side, side))]
            : this == Norms ? [.. autoencoder.DecoderGraph(side, side).Nodes.Where(IsNorm).SelectMany(n => n.Learned).Select(w => w.Name)]
            : blocks > 0 ? LastOf(Names(autoencoder.DecoderGraph(side, side)), autoencoder.Name)
            : Names(autoencoder.DecoderGraph(side, side));
        if (Rank is not null) names = [.. names.Where(n => !autoencoder.Weights.Tensors.TryGetValue(n, out var t) || t.Shape.Rank >= 2)];
        if (names.Length == 0)
            throw new LatentSharpException(ErrorKind.BadInput, autoencoder.Name, $"the decoder of {autoencoder.Family.Title} has no normalisations to train.",
                "Choose decoder, or last:N.");
        if (names.FirstOrDefault(n => !autoencoder.Weights.Tensors.ContainsKey(n)) is { } made)
            throw new LatentSharpException(ErrorKind.BadInput, autoencoder.Name, $"{made} is made of several stored tensors, which is not trained here.");
        return [.. names];
    }

    /// <summary>How many numbers are trained.</summary>
    internal long Parameters(Autoencoder autoencoder)
        => Of(autoencoder).Sum(n => TrainedTensors.ParametersOf(autoencoder.Weights.Tensors[n].Shape, Rank));

    /// <summary>Bytes of the weights that are trained and of all that is remembered of them.</summary>
    internal long StateBytes(Autoencoder autoencoder)
        => TrainedTensors.StateBytes([.. Of(autoencoder).Select(n => autoencoder.Weights.Tensors[n].Shape)], Rank);

    private static string[] Names(NetworkGraph graph)
        => [.. graph.Nodes.SelectMany(n => n.Learned).DistinctBy(w => w.Key).Select(w => w.Name)];

    private static bool IsNorm(Node node) => node is GroupNorm or LayerNorm or RmsNorm or L2Norm or BatchNorm;

    private string[] LastOf(string[] names, string where)
    {
        // In the order in which the network reads them; the layers behind the last block have no number of their own.
        string[] of = [.. names.Select(BlockOf)];
        string[] found = [.. of.Where(b => b.Length > 0).Distinct()];
        if (found.Length < blocks)
            throw new LatentSharpException(ErrorKind.Usage, Word, $"the decoder of {where} has {found.Length} blocks.",
                $"Ask for last:{found.Length} at most.");
        int first = Array.IndexOf(of, found[^blocks]);
        return names[first..];
    }

    /// <summary>The block that a tensor belongs to, as the beginning of its name; empty for layers that are not numbered.</summary>
    internal static string BlockOf(string name)
    {
        string[] words = name.Split('.');
        int at = Array.FindLastIndex(words, w => Lists.Contains(w)) + 1;
        if (at == 0) at = Array.FindIndex(words, w => w.All(char.IsAsciiDigit));
        return at > 0 && at < words.Length && words[at].All(char.IsAsciiDigit) ? string.Join('.', words[..(at + 1)]) : "";
    }
}
