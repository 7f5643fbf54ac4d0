using System.Text;

namespace LatentSharp.Tokenizers;

/// <summary>
/// T5's tokenizer: a SentencePiece unigram model (<c>spiece.model</c>). Text is normalised by the table in the model, white space becomes
/// U+2581, and of all ways to cut it into pieces the one with the largest sum of scores is taken (sentencepiece 0.1.97, whose rounding
/// decides between equals).
/// </summary>
public sealed class T5Tokenizer
{
    // What an unknown character costs beside the worst piece: kUnkPenalty of sentencepiece.
    private const float UnknownPenalty = 10;

    private readonly SentencePieceModel model;
    private readonly Dictionary<(int Node, byte Label), int> children = [];
    private readonly List<int> pieceAt = [-1];
    private readonly float unknownScore;

    private T5Tokenizer(SentencePieceModel model)
    {
        this.model = model;
        float least = float.MaxValue;
        for (int id = 0; id < model.Pieces.Count; id++)
        {
            SentencePiece piece = model.Pieces[id];
            if (piece.Kind is not SentencePieceKind.Normal) continue;
            least = Math.Min(least, piece.Score);
            int node = 0;
            foreach (byte label in Encoding.UTF8.GetBytes(piece.Text))
            {
                if (!children.TryGetValue((node, label), out int child))
                {
                    children.Add((node, label), child = pieceAt.Count);
                    pieceAt.Add(-1);
                }
                node = child;
            }
            if (pieceAt[node] < 0) pieceAt[node] = id;
        }
        unknownScore = least - UnknownPenalty;
    }

    /// <summary>The id behind every text: 1.</summary>
    public int End => model.End;

    /// <summary>The id that fills a prompt up: 0.</summary>
    public int Padding => model.Padding;

    /// <summary>Reads a <c>spiece.model</c>.</summary>
    /// <exception cref="LatentSharpException">The file is missing, damaged, or not a unigram model.</exception>
    public static T5Tokenizer Load(string path) => Read(path, VocabularyFile.Read(path, SentencePieceModel.What));

    internal static T5Tokenizer Read(string name, byte[] model) => new(SentencePieceModel.Parse(name, model));

    /// <summary>The ids of a text, without the end.</summary>
    public int[] Encode(string text) => [.. Cut(model.Normaliser.Normalise(text)).Select(p => p.Id)];

    /// <summary>The words of a text in which a piece is unknown, each once, without the marks around them.</summary>
    internal IReadOnlyList<string> UnknownWords(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return [.. text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Where(w => Encode(w).Contains(model.Unknown))
            .Select(w => w.Trim(',', '.', ';', ':', '!', '?', '"', '(', ')') is { Length: > 0 } bare ? bare : w).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>A prompt as the encoder takes it: ids, end, padding. What finds no room is cut off.</summary>
    /// <param name="text">The prompt.</param>
    /// <param name="length">How many ids in all: 512 for FLUX.1-dev, 256 for schnell, 128 for Fill in BFL's program.</param>
    public TokenizedPrompt Prompt(string text, int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        byte[] normalised = model.Normaliser.Normalise(text);
        List<(int Id, int At)> pieces = Cut(normalised);
        string lost = pieces.Count < length ? ""
            : Encoding.UTF8.GetString(normalised.AsSpan(pieces[length - 1].At)).Replace('\u2581', ' ').Trim();
        List<int> ids = [.. pieces.Take(length - 1).Select(p => p.Id), End];
        int used = ids.Count;
        while (ids.Count < length) ids.Add(Padding);
        return new TokenizedPrompt(ids, used, lost);
    }

    // The best way to each position; sums are kept in float and compared in double, and only a better one replaces another.
    private List<(int Id, int At)> Cut(byte[] text)
    {
        var best = new (float Score, int From, int Id)[text.Length + 1];
        for (int i = 1; i < best.Length; i++) best[i].From = -1;
        for (int at = 0; at < text.Length;)
        {
            int character = Math.Min(Normaliser.CharacterLength(text[at]), text.Length - at), node = 0;
            bool single = false;
            for (int i = at; i < text.Length && children.TryGetValue((node, text[i]), out node); i++)
            {
                if (pieceAt[node] < 0) continue;
                Offer(at, i + 1, pieceAt[node], model.Pieces[pieceAt[node]].Score);
                single |= i + 1 - at == character;
            }
            if (!single) Offer(at, at + character, model.Unknown, unknownScore);
            at += character;
        }

        var pieces = new List<(int Id, int At)>();
        for (int end = text.Length; end > 0; end = best[end].From)
        {
            int id = best[end].Id;
            // Unknown characters next to each other are one unknown piece.
            if (id == model.Unknown && pieces.Count > 0 && pieces[^1].Id == id) pieces[^1] = (id, best[end].From);
            else pieces.Add((id, best[end].From));
        }
        pieces.Reverse();
        return pieces;

        void Offer(int from, int to, int id, float score)
        {
            double candidate = (double)best[from].Score + score;
            if (best[to].From < 0 || candidate > best[to].Score) best[to] = ((float)candidate, from, id);
        }
    }
}
