using System.Text.Json;

namespace LatentSharp.Tests.CommandLine;

/// <summary>
/// What the configurations of a model say beside its shapes: the size and the length of text that it was trained with hold where nothing
/// is asked for, other sizes are made with a note, and words that the vocabulary does not have are named.
/// </summary>
[Collection(CommandsCollection.Name)]
public sealed class GenerateStatedTests : IDisposable
{
    private readonly Workplace place = new();

    public void Dispose() => place.Dispose();

    [Fact]
    public void What_a_model_was_trained_with_holds_where_nothing_is_asked_for()
    {
        string[] parts = Stated("""{"axes_dims_rope": [4, 10, 10], "num_attention_heads": 4, "eos_token_id": 2, "n_positions": 12, "sample_size": 4}""");
        JsonElement done = place.Latent(["generate", "a cat", .. parts, "--steps", "2", "--seed", "3", "-o", "stated.png", "--json"]).Expect(0).Json;
        Assert.Equal((32, 32), Size("stated.png"));
        Assert.Empty(done.GetProperty("notes").EnumerateArray());
        place.Latent(["generate", "a cat", .. parts, "--steps", "2", "--seed", "3", "--size", "32x32", "--t5-length", "12", "-o", "asked.png"]).Expect(0);
        Assert.Equal(PictureFile.Load(place.File("stated.png")).Image.Values, PictureFile.Load(place.File("asked.png")).Image.Values);

        string[] notes = Notes("a cat", [.. parts, "--size", "48x32"]);
        Assert.Contains("trained at 32 x 32; at 48 x 32", Assert.Single(notes), StringComparison.Ordinal);
        Assert.Equal((48, 32), Size("out.png"));
    }

    [Theory]
    [InlineData("""{"axes_dims_rope": [4, 10, 10], "num_attention_heads": 4, "eos_token_id": 2, "n_positions": 0, "sample_size": -4}""")]
    [InlineData("""{"axes_dims_rope": [4, 10, 10], "num_attention_heads": 4, "eos_token_id": 2, "n_positions": 100000, "sample_size": [4, 4]}""")]
    public void What_makes_no_sense_there_says_nothing(string configuration)
    {
        Assert.Empty(Notes("a cat", [.. Stated(configuration), "--size", "48x32", "--t5-length", "12"]));
        Assert.Equal((48, 32), Size("out.png"));
    }

    [Fact]
    public void Words_without_a_piece_are_named_once_and_the_rest_is_drawn()
    {
        string[] parts = [.. SmallModels.Parts(place, "flux-tiny-e2e-dev"), "--size", "32x32", "--t5-length", "16"];
        for (int call = 0; call < 2; call++)    // the second time the text is one that was kept
        {
            string note = Assert.Single(Notes("a \u2603\u2603 cat, \u2603\u2603! photo", parts));
            Assert.EndsWith("does not have: \u2603\u2603", note, StringComparison.Ordinal);
        }
        Assert.Empty(Notes("a photo of a cat", parts));
    }

    private string[] Stated(string configuration)
    {
        string[] parts = SmallModels.Parts(place, "flux-tiny-e2e-dev");
        File.WriteAllText(place.File("parts.json"), configuration);
        return parts;
    }

    private string[] Notes(string prompt, string[] options)
        => [.. place.Latent(["generate", prompt, .. options, "--steps", "1", "--seed", "3", "-o", "out.png", "--json"]).Expect(0).Json
            .GetProperty("notes").EnumerateArray().Select(n => n.GetString()!)];

    private (int Width, int Height) Size(string picture)
    {
        ImageTensor image = PictureFile.Load(place.File(picture)).Image;
        return (image.Width, image.Height);
    }
}
