using System.Text;
using System.Text.Json;
using LatentSharp.Tokenizers;

namespace LatentSharp.Tests.Tokenizers;

public sealed class ClipTokenizerTests
{
    private static ClipTokenizer Small()
        => ClipTokenizer.Read("vocab.json", SmallVocabularies.ClipIds(), "merges.txt", SmallVocabularies.ClipMerges());

    // 512 bytes, then the merges in order: cat</w> is 513, cat 514, photo</w> 518; a byte at the end of a word is 256 + its place among
    // printable bytes.
    [Fact]
    public void MergesAreTakenInTheirOrder()
    {
        ClipTokenizer tokenizer = Small();
        Assert.Equal([518, 513], tokenizer.Encode("  Photo\n\tCAT "));
        int s = tokenizer.Encode("s")[0];
        Assert.Equal([514, s], tokenizer.Encode("cats"));
        Assert.Equal([513, .. tokenizer.Encode("'s")], tokenizer.Encode("cat's"));
        Assert.Equal([.. tokenizer.Encode("1"), .. tokenizer.Encode("2")], tokenizer.Encode("12"));
    }

    [Fact]
    public void APromptIsFilledUpAndWhatFindsNoRoomIsNamed()
    {
        ClipTokenizer tokenizer = Small();
        TokenizedPrompt fits = tokenizer.Prompt("cat photo", 6), cut = tokenizer.Prompt("cat  photo of  Cats", 4);
        Assert.Equal([519, 513, 518, 520, 520, 520], fits.Ids);
        Assert.Equal((4, ""), (fits.Used, fits.Lost));
        Assert.Equal([519, 513, 518, 520], cut.Ids);
        Assert.Equal((4, "of cats"), (cut.Used, cut.Lost));
    }

    [Fact]
    public void AWordThatIsCutInTheMiddleIsLost() => Assert.Equal("cats", Small().Prompt("photo cats", 4).Lost);

    // 200,000 characters without a space are one word: joining them must not take the square of that.
    [Fact]
    public void LongWordsTakeNoLongTime()
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        Assert.Equal(200_000 / 3, Small().Encode(string.Concat(Enumerable.Repeat("cat", 200_000 / 3))).Length);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(20), $"{clock.Elapsed}");
    }

    [Theory]
    [InlineData("e\u0301", "\u00e9")]
    [InlineData("\u1100\u1161\u11a8", "\uac01")]
    [InlineData("\u0344", "\u0308\u0301")]                     // excluded from composition
    [InlineData("a\u0315\u0300\u05ae\u0062", "\u00e0\u05ae\u0315b")]   // NormalizationTest.txt, part 2
    [InlineData("\u212b", "\u00c5")]
    [InlineData("\ud834\udd5e", "\ud834\udd57\ud834\udd65")]
    public void NormalFormC(string text, string expected) => Assert.Equal(expected, CanonicalComposition.Compose(text));

    [Fact]
    public void DamagedFilesAreRefused()
    {
        byte[] ids = SmallVocabularies.ClipIds(), merges = SmallVocabularies.ClipMerges();
        foreach (string bad in new[] { "", "[]", "{", "{\"a\":", "{\"a\":-1}", "{\"a\":1.5}", "{\"a\":1,\"b\":1}", "{\"a\":99999999999}",
            "{\"a\":{}}", "{}x", "{}" })
            Refused(Encoding.UTF8.GetBytes(bad), merges);
        Refused(SmallVocabularies.ClipIds("<|endoftext|>"), merges);
        Refused(SmallVocabularies.ClipIds("cat"), merges);
        foreach (string bad in new[] { "c", "c a t", " ca", "ca ", "c a\nc a", "c zz" }) Refused(ids, Encoding.UTF8.GetBytes(bad));

        static void Refused(byte[] ids, byte[] merges)
            => Assert.Equal(ErrorKind.BadInput,
                Assert.Throws<LatentSharpException>(() => ClipTokenizer.Read("vocab.json", ids, "merges.txt", merges)).Kind);
    }

    [Fact]
    public void AMissingFileIsNamed()
    {
        LatentSharpException error = Assert.Throws<LatentSharpException>(
            () => ClipTokenizer.Load("nowhere/vocab.json", "nowhere/merges.txt"));
        Assert.Equal((ErrorKind.NotFound, "nowhere/vocab.json"), (error.Kind, error.Where));
    }

    /// <summary>
    /// The ids of openai/CLIP's own code, normal form C: golden/text/clip-tokens.json, where the Rust library's final sigma may be either.
    /// </summary>
    [Fact]
    public void IdsAreClips()
    {
        ClipTokenizer tokenizer = ClipTokenizer.Load(Shared.Path("golden/text/vocab.json"), Shared.Path("golden/text/merges.txt"));
        using JsonDocument page = JsonDocument.Parse(File.ReadAllBytes(Shared.Path("golden/text/clip-tokens.json")));
        Assert.Equal((49406, 49407), (tokenizer.Start, tokenizer.End));
        var wrong = new List<string>();
        int cases = 0;
        foreach (JsonElement entry in page.RootElement.GetProperty("cases").EnumerateArray())
        {
            string text = entry.GetProperty("text").GetString()!;
            int number = entry.GetProperty("i").GetInt32();
            int[] expected = Ids(entry.GetProperty("nfc")), padded = Ids(entry.GetProperty("padded77"));
            if (number == 57) (expected, padded) = (Ids(entry.GetProperty("hf_fast")), []);
            if (!expected.SequenceEqual(tokenizer.Encode(text)))
                wrong.Add($"{number}: {string.Join(' ', tokenizer.Encode(text).Take(12))} for {string.Join(' ', expected.Take(12))}");
            if (padded.Length > 0 && !padded.SequenceEqual(tokenizer.Prompt(text).Ids)) wrong.Add($"{number} padded");
            cases++;
        }
        Assert.Equal([], wrong);
        Assert.Equal(68, cases);
    }

    private static int[] Ids(JsonElement list) => [.. list.EnumerateArray().Select(v => v.GetInt32())];
}
