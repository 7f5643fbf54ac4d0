using System.Text.Json;
using LatentSharp.Tests.Tokenizers;

namespace LatentSharp.Tests.CommandLine;

[Collection(CommandsCollection.Name)]
public sealed class TokensTests : IDisposable
{
    private readonly Workplace place = new();

    public void Dispose() => place.Dispose();

    // The vocabularies of the tests: cat is one piece for both, the marks of CLIP are 519 and 520, T5's end is 1.
    [Fact]
    public void Ids_are_printed_and_what_finds_no_room_is_quoted()
    {
        Directory.CreateDirectory(place.File("t/tokenizer"));
        File.WriteAllBytes(place.File("t/tokenizer/vocab.json"), SmallVocabularies.ClipIds());
        File.WriteAllBytes(place.File("t/tokenizer/merges.txt"), SmallVocabularies.ClipMerges());
        File.WriteAllBytes(place.File("t/spiece.model"), SmallVocabularies.T5(null, ("\u2581", -2), ("cat", -5)));
        Assert.Equal("519 513 520", place.Latent("tokens", "--clip", "cat", "--tokenizers", "t").Expect(0).Output.Trim());
        Workplace.Outcome cut = place.Latent("tokens", "photo cat cat", "--clip", "--tokenizers", "t", "--length", "4", "--json").Expect(0);
        Assert.Equal("cat", cut.Json.GetProperty("lost").GetString());
        Assert.Equal("clip", cut.Json.GetProperty("encoder").GetString());
        JsonElement t5 = place.Latent("tokens", "--t5", "cat", "--tokenizers", "t", "--length", "5", "--json").Expect(0).Json;
        Assert.Equal([3, 4, 1, 0, 0], t5.GetProperty("ids").EnumerateArray().Select(v => v.GetInt32()));
        Assert.Equal(3, t5.GetProperty("used").GetInt32());
    }

    [Fact]
    public void What_is_missing_or_makes_no_sense_is_said()
    {
        Assert.Contains("vocab.json", place.Latent("tokens", "--clip", "x", "--tokenizers", "nowhere").Expect(4).Error,
            StringComparison.Ordinal);
        place.Latent("tokens", "x", "--tokenizers", "nowhere").Expect(2);
        place.Latent("tokens", "x", "--clip", "--t5", "--tokenizers", "nowhere").Expect(2);
        place.Latent("tokens", "x", "--clip", "--tokenizers", "nowhere", "--length", "1").Expect(2);
        place.Latent("tokens", "x", "--clip").Expect(2);
    }
}
