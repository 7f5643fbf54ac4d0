using System.Text.Json;

namespace LatentSharp.Tests.CommandLine;

/// <summary>Commands that look at files do so with many: they go on after a failure, list it, and write lines of JSON as they go.</summary>
[Collection(CommandsCollection.Name)]
public sealed class ManyFilesTests : IDisposable
{
    private readonly Workplace place = new();

    public void Dispose() => place.Dispose();

    private void Prepare()
    {
        Directory.CreateDirectory(place.File("in/deep"));
        ImageTensor picture = Photographs.Middle(Repository.Path("assets/photos/fur-kitten.png"), 128);
        PictureFile.Save(place.File("in/a.png"), picture);
        PictureFile.Save(place.File("in/deep/b.png"), picture);
        File.WriteAllText(place.File("in/caption.txt"), "a kitten");
        File.WriteAllText(place.File("in/broken.png"), "<html>");
    }

    private static JsonElement[] Lines(Workplace.Outcome outcome)
        => [.. outcome.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement)];

    [Fact]
    public void Inspect_takes_folders_patterns_and_lists()
    {
        Prepare();
        File.WriteAllText(place.File("list.txt"), "in/a.png\nnone.png\n");
        (string[] Named, int Done, int Failed)[] cases =
            [(["in"], 2, 1), (["in/**/*.png"], 2, 1), (["in", "-r", "false"], 1, 1), (["@list.txt"], 1, 1), (["in/a.png", "in/deep/b.png"], 2, 0)];
        foreach ((string[] named, int done, int failed) in cases)
        {
            Workplace.Outcome outcome = place.Latent(["inspect", .. named, "--json-lines"]).Expect(failed > 0 ? 3 : 0);
            JsonElement[] lines = Lines(outcome);
            Assert.Equal(done + failed + 1, lines.Length);
            Assert.Equal((done, failed), (lines[^1].GetProperty("batch").GetProperty("done").GetInt32(),
                lines[^1].GetProperty("batch").GetProperty("failed").GetInt32()));
            Assert.Equal(done, lines.Count(l => l.TryGetProperty("found", out JsonElement f) && f.GetProperty("kind").GetString() == "picture"));
        }
        Assert.Contains("1 failed", place.Latent("inspect", "in").Expect(3).Error, StringComparison.Ordinal);
        place.Latent("inspect", "in", "--card").Expect(2);
        Assert.Equal("picture", place.Latent("inspect", "in/a.png", "--json").Expect(0).Json.GetProperty("kind").GetString());
    }

    [Fact]
    public void Diagnose_takes_pictures_and_latents_with_references_and_pages()
    {
        Prepare();
        Directory.CreateDirectory(place.File("mixed/deep"));
        PictureFile.Save(place.File("mixed/deep/b.jpg"), Photographs.Middle(Repository.Path("assets/photos/fur-kitten.png"), 128),
            new PictureSaveOptions { Quality = 10 });
        place.Latent("encode", "in/a.png", "-o", "mixed/a.latent.safetensors").Expect(0);
        File.WriteAllText(place.File("mixed/broken.png"), "<html>");
        File.WriteAllText(place.File("mixed/notes.txt"), "nothing");
        JsonElement[] lines = Lines(place.Latent("diagnose", "mixed", "--reference", "in", "-o", "pages", "--json-lines").Expect(3));
        Assert.Equal(4, lines.Length);
        Assert.Equal((2, 1), (lines[^1].GetProperty("batch").GetProperty("done").GetInt32(), lines[^1].GetProperty("batch").GetProperty("failed").GetInt32()));
        JsonElement jpeg = lines[..3].Single(l => l.GetProperty("input").GetString()!.EndsWith("b.jpg", StringComparison.Ordinal));
        Assert.Equal("compression", jpeg.GetProperty("found").GetProperty("findings")[0].GetProperty("kind").GetString());
        Assert.Equal(["pages/a.latent.safetensors/diagnose.html", "pages/deep/b.jpg/diagnose.html"],
            place.Files.Where(f => f.EndsWith(".html", StringComparison.Ordinal)).Select(f => f.Replace('\\', '/')));
        JsonElement all = place.Latent("diagnose", "--latent", "mixed", "--json").Expect(3).Json;
        Assert.Equal(2, all.GetProperty("results").GetArrayLength());
        File.WriteAllText(place.File("list.txt"), "in/a.png\nnone.png\n");
        Assert.Contains("1 of 2 diagnosed; 1 failed", place.Latent("diagnose", "@list.txt").Expect(3).Error, StringComparison.Ordinal);
        Assert.Contains("2 of 3 diagnosed", place.Latent("diagnose", "in/**/*.png").Expect(3).Error, StringComparison.Ordinal);
        place.Latent("diagnose", "in", "--reference", "in/a.png").Expect(2);
        place.Latent("diagnose", "in", "--latent", "mixed/a.latent.safetensors").Expect(2);
        // A picture without a reference of its name is a failure of that picture alone.
        File.Delete(place.File("in/deep/b.png"));
        Assert.Contains("there is no reference of this name", place.Latent("diagnose", "mixed", "--reference", "in").Expect(3).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_takes_many_latents()
    {
        Prepare();
        place.Latent("encode", "in", "-o", "latents").Expect(3);
        File.WriteAllText(place.File("latents/x.latent.safetensors"), "nothing");
        foreach ((string option, string other, int exitCode) in ((string, string, int)[])[("--ae", "embedded", 3), ("--model", "sdxl", 3)])
        {
            JsonElement result = place.Latent("check", "--latents", "latents", option, other, "--json").Expect(exitCode).Json;
            Assert.Equal((2, 1), (result.GetProperty("results").GetArrayLength(), result.GetProperty("failed").GetArrayLength()));
            Assert.Equal(other == "embedded", result.GetProperty("compatible").GetBoolean());
        }
        File.Delete(place.File("latents/x.latent.safetensors"));
        Assert.Contains("2 of 2 checked", place.Latent("check", "--latents", "latents", "--ae", "embedded").Expect(0).Output, StringComparison.Ordinal);
        place.Latent("check", "--latents", "latents", "--model", "sdxl").Expect(5);
        Assert.Contains("2 of 2 checked", place.Latent("check", "embedded", "--latents", "latents").Expect(0).Output, StringComparison.Ordinal);
        place.Latent("check", "--latents", "latents").Expect(2);
    }

    /// <summary>By content, not by name: a picture that was replaced is done again, one that was renamed too.</summary>
    [Fact]
    public void Roundtrip_skips_what_is_there_already()
    {
        Prepare();
        place.Latent("roundtrip", "in", "-o", "out").Expect(3);
        JsonElement again = place.Latent("roundtrip", "in", "-o", "out", "--json").Expect(3).Json;
        Assert.Equal((0, 2, 1), Counts(again));
        Assert.All(again.GetProperty("results").EnumerateArray(), r => Assert.True(r.GetProperty("psnr").GetDouble() > 10));

        PictureFile.Save(place.File("in/a.png"), Photographs.Middle(Repository.Path("assets/photos/fur-kitten.png"), 96));
        Assert.Equal((1, 1, 1), Counts(place.Latent("roundtrip", "in", "-o", "out", "--json").Expect(3).Json));
        File.AppendAllText(place.File("out/deep/b-error.png"), "changed");
        Assert.Equal((1, 1, 1), Counts(place.Latent("roundtrip", "in", "-o", "out", "--json").Expect(3).Json));
        Assert.Equal((2, 0, 1), Counts(place.Latent("roundtrip", "in", "-o", "out", "--again", "--json").Expect(3).Json));

        static (int, int, int) Counts(JsonElement result)
        {
            JsonElement batch = result.GetProperty("batch");
            return (batch.GetProperty("done").GetInt32(), batch.GetProperty("skipped").GetInt32(), batch.GetProperty("failed").GetInt32());
        }
    }
}
