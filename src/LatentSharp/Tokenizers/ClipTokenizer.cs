using System.Globalization;
using System.Text;
using System.Text.Json;

namespace LatentSharp.Tokenizers;

/// <summary>
/// CLIP's tokenizer (openai/CLIP, simple_tokenizer.py): lower case, words, and byte pairs joined in the order of a list of merges. Text is
/// brought to normal form C and runs of white space become one space; HTML entities are left alone. A file <c>vocab.json</c> gives the ids,
/// <c>merges.txt</c> the order.
/// </summary>
public sealed class ClipTokenizer
{
    /// <summary>Ids of a whole prompt, beginning and end included.</summary>
    public const int Length = 77;

    private const string WordEnd = "</w>", StartText = "<|startoftext|>", EndText = "<|endoftext|>",
        What = "CLIP's vocabulary (vocab.json)", WhatMerges = "CLIP's merges (merges.txt)";
    private const int MaxTokens = 1 << 20;

    private readonly BytePairs pairs;

    private ClipTokenizer(BytePairs pairs, int start, int end) => (this.pairs, Start, End) = (pairs, start, end);

    /// <summary>The id before every prompt: 49406.</summary>
    public int Start { get; }

    /// <summary>The id behind every prompt, which also fills it up: 49407.</summary>
    public int End { get; }

    /// <summary>Reads the two files.</summary>
    /// <exception cref="LatentSharpException">A file is missing, damaged, or does not belong to the other.</exception>
    public static ClipTokenizer Load(string vocabulary, string merges)
        => Read(vocabulary, VocabularyFile.Read(vocabulary, What), merges, VocabularyFile.Read(merges, WhatMerges));

    internal static ClipTokenizer Read(string vocabularyName, byte[] vocabulary, string mergesName, byte[] merges)
    {
        Dictionary<string, int> ids = ReadIds(vocabularyName, vocabulary);
        var pairs = new BytePairs(Id);
        int number = 0;
        foreach (string line in Encoding.UTF8.GetString(merges).Split('\n'))
        {
            number++;
            string pair = line.TrimEnd('\r');
            if (pair.Length == 0 || (number == 1 && pair.StartsWith("#version", StringComparison.Ordinal))) continue;
            int space = pair.IndexOf(' ', StringComparison.Ordinal);
            if (space <= 0 || space == pair.Length - 1 || pair.IndexOf(' ', space + 1) >= 0)
                throw new LatentSharpException(ErrorKind.BadInput, mergesName,
                    $"{WhatMerges} was expected: two tokens with a space between in every line; line {number} is {Quote(pair)}.");
            string left = pair[..space], right = pair[(space + 1)..];
            if (!pairs.Add(Id(left), Id(right), Id(left + right)))
                throw new LatentSharpException(ErrorKind.BadInput, mergesName, $"line {number} repeats the merge {Quote(pair)}.");
        }
        return new ClipTokenizer(pairs, Id(StartText), Id(EndText));

        int Id(string token) => ids.TryGetValue(token, out int id) ? id
            : throw new LatentSharpException(ErrorKind.BadInput, vocabularyName,
                $"the token {Quote(token)} is missing, which {mergesName} or CLIP itself needs.", "Both files have to come from one tokenizer.");
    }

    /// <summary>The ids of a text, without beginning and end.</summary>
    public int[] Encode(string text) => [.. Words(Normalise(text)).SelectMany(w => w.Ids)];

    /// <summary>A prompt as the encoder takes it: beginning, ids, end, and ends to fill up. What finds no room is cut off.</summary>
    /// <param name="text">The prompt.</param>
    /// <param name="length">How many ids in all.</param>
    public TokenizedPrompt Prompt(string text, int length = Length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 2);
        string normalised = Normalise(text);
        var ids = new List<int> { Start };
        string lost = "";
        foreach ((int[] word, int at) in Words(normalised))
        {
            int room = length - 1 - ids.Count;
            ids.AddRange(word.Take(room));
            if (word.Length <= room) continue;
            lost = normalised[at..];
            break;
        }
        ids.Add(End);
        int used = ids.Count;
        while (ids.Count < length) ids.Add(End);
        return new TokenizedPrompt(ids, used, lost);
    }

    private static string Normalise(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var normalised = new StringBuilder(text.Length);
        bool space = false;
        foreach (Rune rune in CanonicalComposition.Compose(text).EnumerateRunes())
        {
            if (Rune.IsWhiteSpace(rune))
            {
                space = normalised.Length > 0;
                continue;
            }
            if (space) normalised.Append(' ');
            space = false;
            // The one character whose lower case is two.
            normalised.Append(rune.Value == 'İ' ? "i\u0307" : Rune.ToLowerInvariant(rune).ToString());
        }
        return normalised.ToString();
    }

    // 's|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+, and the two marks where a word begins.
    private IEnumerable<(int[] Ids, int At)> Words(string text)
    {
        for (int at = 0; at < text.Length;)
        {
            if (text[at] == ' ')
            {
                at++;
                continue;
            }
            if (StartsWith(text, at, StartText) || StartsWith(text, at, EndText))
            {
                bool start = StartsWith(text, at, StartText);
                yield return ([start ? Start : End], at);
                at += start ? StartText.Length : EndText.Length;
                continue;
            }
            int end = WordEndsAt(text, at);
            yield return (pairs.Join(Encoding.UTF8.GetBytes(text, at, end - at)), at);
            at = end;
        }
    }

    private static readonly string[] Contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];

    private static int WordEndsAt(string text, int at)
    {
        foreach (string contraction in Contractions)
            if (StartsWith(text, at, contraction)) return at + contraction.Length;
        CharacterKind kind = KindAt(text, at, out int length);
        int end = at + length;
        if (kind == CharacterKind.Number) return end;
        while (end < text.Length && KindAt(text, end, out length) == kind) end += length;
        return end;
    }

    private static bool StartsWith(string text, int at, string what) => string.CompareOrdinal(text, at, what, 0, what.Length) == 0;

    private static CharacterKind KindAt(string text, int at, out int length)
    {
        Rune rune = Rune.GetRuneAt(text, at);
        length = rune.Utf16SequenceLength;
        if (rune.Value == ' ') return CharacterKind.Space;
        return Rune.GetUnicodeCategory(rune) switch
        {
            <= UnicodeCategory.OtherLetter => CharacterKind.Letter,
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => CharacterKind.Number,
            _ => CharacterKind.Other,
        };
    }

    private static Dictionary<string, int> ReadIds(string name, byte[] json)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        var taken = new HashSet<int>();
        try
        {
            var reader = new Utf8JsonReader(json);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw Bad("a JSON object of tokens and their ids was expected");
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                string token = reader.GetString()!;
                if (!reader.Read() || reader.TokenType != JsonTokenType.Number
                    || !reader.TryGetInt32(out int id) || id < 0 || id >= MaxTokens)
                    throw Bad($"the id of {Quote(token)} is not a whole number from 0 to {MaxTokens - 1}");
                if (!ids.TryAdd(token, id) || !taken.Add(id)) throw Bad($"the token {Quote(token)} or its id {id} comes twice");
            }
            if (reader.TokenType != JsonTokenType.EndObject || reader.Read()) throw Bad("something stands behind the object");
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new LatentSharpException(ErrorKind.BadInput, name, $"{What} was expected; this is not valid JSON: {error.Message}", inner: error);
        }
        return ids;

        LatentSharpException Bad(string what) => new(ErrorKind.BadInput, name, $"{What} was expected: {what}.");
    }

    private static string Quote(string text) => $"'{(text.Length <= 40 ? text : text[..40] + "...")}'";

    private enum CharacterKind
    {
        Space,
        Letter,
        Number,
        Other,
    }

    /// <summary>
    /// The merges, by id: bytes are joined in pairs, those of the lowest rank first, until no pair of neighbours is in the list.
    /// </summary>
    private sealed class BytePairs
    {
        private readonly int[] inside = new int[256], last = new int[256];
        private readonly Dictionary<(int Left, int Right), (int Rank, int Joined)> merges = [];

        public BytePairs(Func<string, int> id)
        {
            for (int value = 0, others = 0; value < 256; value++)
            {
                // The printable bytes stand for themselves, the others for the characters from U+0100 on.
                bool printable = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
                string symbol = ((char)(printable ? value : 256 + others++)).ToString();
                (inside[value], last[value]) = (id(symbol), id(symbol + WordEnd));
            }
        }

        public bool Add(int left, int right, int joined) => merges.TryAdd((left, right), (merges.Count, joined));

        /// <summary>The ids of a word.</summary>
        public int[] Join(ReadOnlySpan<byte> word)
        {
            // A chain of ids; pairs wait in a queue by rank, then by place. Words may be long: n log n, not n^2.
            int count = word.Length;
            int[] ids = new int[count], next = new int[count], previous = new int[count];
            for (int i = 0; i < count; i++)
                (ids[i], next[i], previous[i]) = (i == count - 1 ? last[word[i]] : inside[word[i]], i + 1, i - 1);
            var queue = new PriorityQueue<(int At, int Left, int Right), (int Rank, int At)>();
            for (int i = 0; i + 1 < count; i++) Offer(i);
            while (queue.TryDequeue(out (int At, int Left, int Right) pair, out _))
            {
                int right = ids[pair.At] == pair.Left ? next[pair.At] : count;
                if (right >= count || ids[right] != pair.Right) continue;       // one of the two has been joined meanwhile
                ids[pair.At] = merges[(pair.Left, pair.Right)].Joined;
                ids[right] = -1;
                next[pair.At] = next[right];
                if (next[right] < count) previous[next[right]] = pair.At;
                Offer(pair.At);
                if (previous[pair.At] >= 0) Offer(previous[pair.At]);
            }
            return [.. ids.Where(id => id >= 0)];

            void Offer(int at)
            {
                if (next[at] < count && merges.TryGetValue((ids[at], ids[next[at]]), out (int Rank, int Joined) merge))
                    queue.Enqueue((at, ids[at], ids[next[at]]), (merge.Rank, at));
            }
        }
    }
}
