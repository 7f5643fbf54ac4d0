using System.Text;
using System.Text.Json;
using LatentSharp.Tokenizers;

namespace LatentSharp.Tests.Tokenizers;

public sealed class T5TokenizerTests
{
    // Ids: <pad> 0, </s> 1, <unk> 2, then these.
    private static readonly byte[] SmallModel = SmallVocabularies.T5(null, ("\u2581", -2), ("a", -3), ("\u2581a", -4), ("cat", -5),
        ("c", -6), ("at", -6.5f), ("\u2581cat", -7.5f), ("t", -6));

    private static T5Tokenizer Small() => T5Tokenizer.Read("spiece.model", SmallModel);

    // "▁a" costs 4 where "▁" and "a" cost 5; "▁" + "cat" costs 7 where "▁cat" costs 7.5.
    [Fact]
    public void TheBestSumOfScoresWins()
    {
        T5Tokenizer tokenizer = Small();
        Assert.Equal([5, 3, 6], tokenizer.Encode("a cat"));
        Assert.Equal([5, 3, 6], tokenizer.Encode("  a   cat  "));
        Assert.Equal([], tokenizer.Encode("   "));
    }

    [Fact]
    public void UnknownCharactersNextToEachOtherAreOnePiece()
        => Assert.Equal([5, 2, 10, 2], Small().Encode("axyz\U0001F600t!"));

    [Fact]
    public void APromptKeepsItsEndAndNamesWhatFindsNoRoom()
    {
        T5Tokenizer tokenizer = Small();
        TokenizedPrompt fits = tokenizer.Prompt("a cat", 6), cut = tokenizer.Prompt("a cat t", 4);
        Assert.Equal([5, 3, 6, 1, 0, 0], fits.Ids);
        Assert.Equal((4, ""), (fits.Used, fits.Lost));
        Assert.Equal([5, 3, 6, 1], cut.Ids);
        Assert.Equal((4, "t"), (cut.Used, cut.Lost));
        Assert.Equal("", tokenizer.Prompt("a cat", 4).Lost);
    }

    // Whatever a few bytes are changed to, the file is read or refused.
    [Fact]
    public void DamagedModelsAreReadOrRefused()
    {
        var random = new Random(7);
        int refused = 0;
        for (int round = 0; round < 4000; round++)
        {
            byte[] damaged = SmallVocabularies.T5([8, 0, 0, 0, 0, 4, 0, 0, 0, 1, 0, 0, (byte)'x', 0], ("\u2581", -2), ("a", -3));
            for (int change = 0; change <= round % 4; change++) damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            if (round % 5 == 0) damaged = damaged[..random.Next(damaged.Length)];
            try
            {
                T5Tokenizer.Read("spiece.model", damaged).Encode("a photo of a cat, \u00e9\U0001F600 \ud800");
            }
            catch (LatentSharpException error)
            {
                Assert.Equal(ErrorKind.BadInput, error.Kind);
                refused++;
            }
        }
        Assert.InRange(refused, 400, 3999);
    }

    [Fact]
    public void OtherModelsAreRefusedByName()
    {
        byte[] bpe = [.. SmallModel];
        int type = bpe.AsSpan().IndexOf([(byte)18, (byte)5, (byte)24, (byte)1]);
        bpe[type + 3] = 2;
        LatentSharpException error = Assert.Throws<LatentSharpException>(() => T5Tokenizer.Read("other.model", bpe));
        Assert.Contains("unigram", error.Message, StringComparison.Ordinal);
    }

    /// <summary>The ids of sentencepiece 0.1.97: golden/text/t5-tokens.json.</summary>
    [Fact]
    public void IdsAreSentencePieces()
    {
        T5Tokenizer tokenizer = T5Tokenizer.Load(Shared.Path("golden/text/spiece.model"));
        SentencePieceModel model = SentencePieceModel.Parse("spiece.model", File.ReadAllBytes(Shared.Path("golden/text/spiece.model")));
        using JsonDocument page = JsonDocument.Parse(File.ReadAllBytes(Shared.Path("golden/text/t5-tokens.json")));
        Assert.Equal((1, 0), (tokenizer.End, tokenizer.Padding));
        var wrong = new List<string>();
        int cases = 0;
        foreach (JsonElement entry in page.RootElement.GetProperty("cases").EnumerateArray())
        {
            string text = entry.GetProperty("text").GetString()!;
            int number = entry.GetProperty("i").GetInt32();
            int[] expected = [.. entry.GetProperty("ids").EnumerateArray().Select(v => v.GetInt32())];
            if (entry.GetProperty("normalised").GetString() is { } normalised
                && normalised != Encoding.UTF8.GetString(model.Normaliser.Normalise(text))) wrong.Add($"{number} normalised");
            if (!expected.SequenceEqual(tokenizer.Encode(text)))
                wrong.Add($"{number}: {string.Join(' ', tokenizer.Encode(text).Take(12))} for {string.Join(' ', expected.Take(12))}");
            cases++;
        }
        Assert.Equal([], wrong);
        Assert.Equal(68, cases);
    }
}
