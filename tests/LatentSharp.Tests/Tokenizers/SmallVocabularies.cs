using System.Text;
using System.Text.Json;

namespace LatentSharp.Tests.Tokenizers;

/// <summary>Vocabularies small enough to be written here: the forms of the published files with a handful of words.</summary>
internal static class SmallVocabularies
{
    /// <summary>Merges that make "cat" and "photo" one token and "cats" two.</summary>
    public static readonly string[] Merges = ["c a", "ca t</w>", "ca t", "p h", "o t", "ph ot", "phot o</w>"];

    /// <summary>A vocab.json: 256 bytes, the same at the end of a word, what the merges make, the two marks.</summary>
    public static byte[] ClipIds(params string[] without)
    {
        var tokens = new List<string>();
        foreach (string end in new[] { "", "</w>" })
            for (int value = 0, others = 0; value < 256; value++)
                tokens.Add((value is (>= 33 and <= 126) or (>= 161 and <= 172) or (>= 174 and <= 255) ? (char)value
                    : (char)(256 + others++)) + end);
        tokens.AddRange(Merges.Select(m => m.Replace(" ", "", StringComparison.Ordinal)));
        tokens.AddRange(["<|startoftext|>", "<|endoftext|>"]);
        return JsonSerializer.SerializeToUtf8Bytes(
            tokens.Select((t, i) => (t, i)).Where(p => !without.Contains(p.t)).ToDictionary(p => p.t, p => p.i));
    }

    public static byte[] ClipMerges() => Encoding.UTF8.GetBytes("#version: 0.2\n" + string.Join('\n', Merges) + "\n");

    /// <summary>A spiece.model with the ids of T5 for padding, end and unknown.</summary>
    public static byte[] T5(byte[]? charsmap = null, params (string Text, float Score)[] pieces)
    {
        var model = new List<byte>();
        foreach ((string text, int kind) in new[] { ("<pad>", 3), ("</s>", 3), ("<unk>", 2) }) Piece(text, 0, kind);
        foreach ((string text, float score) in pieces) Piece(text, score, 1);
        Field(model, 2, [24, 1, 0xD0, 2, 1]);                                   // model_type unigram, eos_id 1
        var normaliser = new List<byte>();
        if (charsmap is not null) Field(normaliser, 2, charsmap);
        normaliser.AddRange([24, 1, 32, 1]);
        Field(model, 3, [.. normaliser]);
        return [.. model];

        void Piece(string text, float score, int kind)
        {
            var piece = new List<byte>();
            Field(piece, 1, Encoding.UTF8.GetBytes(text));
            piece.Add(21);
            piece.AddRange(BitConverter.GetBytes(score));
            piece.AddRange([24, (byte)kind]);
            Field(model, 1, [.. piece]);
        }
    }

    private static void Field(List<byte> message, int number, byte[] bytes)
    {
        message.Add((byte)(number << 3 | 2));
        int length = bytes.Length;
        for (; length >= 128; length >>= 7) message.Add((byte)(length & 0x7f | 0x80));
        message.Add((byte)length);
        message.AddRange(bytes);
    }
}
