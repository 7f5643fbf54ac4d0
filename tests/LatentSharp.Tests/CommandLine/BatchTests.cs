using System.Text;
using System.Text.Json;
using LatentSharp.Latents;
using LatentSharp.Tests.Quality;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.CommandLine;

/// <summary>Many files at once: what is taken, where results go, what a failure costs, what is done again.</summary>
[Collection(CommandsCollection.Name)]
public sealed class BatchTests : IDisposable
{
    private readonly Workplace place = new();

    public BatchTests()
    {
        foreach (string folder in (string[])["tree/a/b", "tree/c"]) Directory.CreateDirectory(place.File(folder));
        foreach ((string name, int scene) in ((string, int)[])[("tree/one.png", 1), ("tree/a/two.png", 2), ("tree/a/b/three.webp", 3)])
            PictureFile.Save(place.File(name), Pictures.Scene(32, 32, scene));
        File.WriteAllText(place.File("tree/one.txt"), "a caption");
    }

    public void Dispose() => place.Dispose();

    [Fact]
    public void A_tree_is_repeated_a_failure_costs_one_result_and_what_is_done_is_skipped()
    {
        File.WriteAllText(place.File("tree/c/broken.png"), "no picture");
        Workplace.Outcome first = place.Latent("encode", "tree", "-o", "out", "--json").Expect(3);
        JsonElement result = first.Json;        // one object, although something failed
        Assert.Equal((4, 3, 1), Counts(result));
        Assert.Equal(["out/a/b/three.latent.safetensors", "out/a/two.latent.safetensors", "out/one.latent.safetensors"], Outputs(result));
        JsonElement failed = result.GetProperty("failed")[0];
        Assert.Equal(("tree/c/broken.png", "bad-input"),
            (failed.GetProperty("input").GetString(), failed.GetProperty("error").GetProperty("kind").GetString()));
        Assert.Contains("3 of 4 encoded; 1 failed", first.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(place.Files, f => f.Contains(".tmp", StringComparison.Ordinal));

        // By content: a copy under another name of another time is the same picture, a changed picture is not.
        DateTime written = File.GetLastWriteTimeUtc(place.File("out/one.latent.safetensors"));
        File.Delete(place.File("tree/c/broken.png"));
        File.SetLastWriteTimeUtc(place.File("tree/one.png"), DateTime.UtcNow.AddDays(1));
        PictureFile.Save(place.File("tree/a/two.png"), Pictures.Scene(32, 32, 7));
        JsonElement again = place.Latent("encode", "tree", "-o", "out", "--json").Expect(0).Json;
        Assert.Equal(["skipped", "done", "skipped"],
            again.GetProperty("results").EnumerateArray().Select(r => r.GetProperty("status").GetString()));
        Assert.Equal(written, File.GetLastWriteTimeUtc(place.File("out/one.latent.safetensors")));
        Assert.Equal((3, 3, 0), Counts(place.Latent("encode", "tree", "-o", "out", "--json", "--dtype", "bf16").Expect(0).Json));
        Assert.Equal((3, 3, 0), Counts(place.Latent("encode", "tree", "-o", "out", "--json", "--dtype", "bf16", "--again").Expect(0).Json));

        // The way back, which a picture says nothing about.
        Assert.Equal((3, 3, 0), Counts(place.Latent("decode", "out", "-o", "back", "--json").Expect(0).Json));
        Assert.True(File.Exists(place.File("back/a/b/three.decoded.png")));
        File.WriteAllText(place.File("back/one.decoded.png"), "damaged since");
        JsonElement back = place.Latent("decode", "out", "-o", "back", "--json").Expect(0).Json;
        Assert.Equal(["skipped", "skipped", "done"],
            back.GetProperty("results").EnumerateArray().Select(r => r.GetProperty("status").GetString()));
    }

    [Fact]
    public void Lines_of_json_come_one_for_each_file_and_one_for_the_whole()
    {
        File.WriteAllText(place.File("tree/c/broken.png"), "no picture");
        Workplace.Outcome outcome = place.Latent("encode", "tree", "-o", "out", "--json-lines").Expect(3);
        JsonElement[] lines = [.. outcome.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(l => JsonDocument.Parse(l).RootElement)];
        Assert.Equal(["done", "done", "failed", "done"], lines[..4].Select(l => l.GetProperty("status").GetString()));
        Assert.Equal((4, 3, 1), Counts(lines[^1]));
        Assert.Equal(5, lines.Length);
    }

    [Fact]
    public void Patterns_lists_and_standard_input_are_inputs()
    {
        Assert.Equal(["a/two.latent.safetensors", "one.latent.safetensors"], Outputs(place.Latent("encode", "tree/**/*.png", "--json").Expect(0).Json));
        Assert.Equal(["two.latent.safetensors"],
            Outputs(place.Latent("encode", "tree/*/t?o.png", "-o", "q", "--json").Expect(0).Json).Select(o => Path.GetFileName(o)));
        File.WriteAllText(place.File("names.txt"), "tree/one.png\r\n\ntree/nothing.png\ntree/a/two.png\n");
        JsonElement listed = place.Latent("encode", "@names.txt", "-o", "l", "--json").Expect(3).Json;
        Assert.Equal((3, 2, 1), Counts(listed));
        Assert.Equal("not-found", listed.GetProperty("failed")[0].GetProperty("error").GetProperty("kind").GetString());
        Assert.True(File.Exists(place.File("l/tree/a/two.latent.safetensors")));
        Assert.Equal((1, 1, 0),
            Counts(place.LatentReading(Encoding.UTF8.GetBytes("tree/one.png\n"), "encode", "@-", "-o", "m", "--json").Expect(0).Json));
        JsonElement piped = place.LatentReading(File.ReadAllBytes(place.File("tree/one.png")), "encode", "-", "--json")
            .Expect(0).Json.GetProperty("results")[0];
        Assert.Equal(("-", "stdin.latent.safetensors"), (piped.GetProperty("input").GetString(), piped.GetProperty("output").GetString()));
        Assert.Equal(LatentFile.Load(place.File("one.latent.safetensors")).Values, LatentFile.Load(place.File("stdin.latent.safetensors")).Values);
        Assert.Equal((1, 1, 0), Counts(place.Latent("encode", "tree", "--recursive", "false", "-o", "n", "--json").Expect(0).Json));
    }

    [Fact]
    public void Pictures_of_one_name_keep_their_endings()
    {
        File.Copy(place.File("tree/one.png"), place.File("tree/one.jpg"));
        place.Latent("encode", "tree", "-o", "out").Expect(0);
        foreach (string name in (string[])["one.png", "one.jpg"]) Assert.True(File.Exists(place.File($"out/{name}.latent.safetensors")), name);
    }

    [Theory]
    [InlineData("f16", "F16", 1e-3)]
    [InlineData("bf16", "BF16", 8e-3)]
    public void Latents_are_stored_in_half_the_bytes(string asked, string stored, double relative)
    {
        // The spacing of numbers next to one another is 2^-10 of their size for F16 and 2^-7 for BF16; rounding costs half of that.
        place.Latent("encode", "tree/one.png", "-o", "full.safetensors").Expect(0);
        Assert.Equal(stored,
            place.Latent("encode", "tree/one.png", "-o", "half.safetensors", "--dtype", asked, "--json")
            .Expect(0).Json.GetProperty("results")[0].GetProperty("type").GetString());
        using SafetensorsFile file = SafetensorsFile.Open(place.File("half.safetensors"));
        Assert.Equal(stored, file.Tensors["latent"].Type.ToString());
        float[] full = LatentFile.Load(place.File("full.safetensors")).Values,
            half = LatentFile.Load(place.File("half.safetensors")).Values;
        for (int i = 0; i < full.Length; i++) Assert.Equal(full[i], half[i], Math.Abs(full[i]) * relative / 2 + 1e-7);
        place.Latent("decode", "half.safetensors", "-o", "half.png").Expect(0);
    }

    [Fact]
    public void What_a_killed_run_left_is_removed_and_long_names_can_be_written()
    {
        Directory.CreateDirectory(place.File("out"));
        // A process number that no system gives: Linux's largest is 2^22.
        string stale = place.File(
            $"out/{TemporaryName.New().Replace($"-{Environment.ProcessId:x}-", "-7ffffff0-", StringComparison.Ordinal)}"),
            living = place.File("out/" + TemporaryName.New());
        File.WriteAllText(stale, "half");
        File.WriteAllText(living, "being written");
        string name = new('n', 255 - ".latent.safetensors".Length);     // the longest name that usual file systems take, in bytes
        File.Copy(place.File("tree/one.png"), place.File(name + ".png"));
        place.Latent("encode", name + ".png", "-o", "out").Expect(0);
        Assert.True(File.Exists(place.File($"out/{name}.latent.safetensors")));
        Assert.False(File.Exists(stale));
        Assert.True(File.Exists(living), "a process that lives is still writing it");
    }

    // In a container the same numbers come again after every start: who wrote a file is told by when the process began, by no clock.
    [Fact]
    public void What_a_killed_run_left_is_removed_where_its_number_came_again()
    {
        string manifest = place.File("set/.latent-dataset/manifest");
        string[] encode = ["dataset", "encode", "tree", "-o", "set", "--buckets", "fixed", "--resolution", "32"];
        place.Latent(encode).Expect(0);
        for (int run = 0; run < 2; run++)   // each time, also where this process has looked before
        {
            string[] parts = TemporaryName.New().Split('-');
            string stale = Path.Combine(manifest, string.Join('-', [.. parts[..3], "0000", "12345678.tmp"])),
                living = Path.Combine(manifest, TemporaryName.New());
            File.WriteAllText(stale, "half");
            File.WriteAllText(living, "being written");
            // A clock that ran fast, and one that was behind.
            File.SetLastWriteTimeUtc(stale, DateTime.UtcNow.AddYears(run == 0 ? 1 : -1));
            place.Latent(encode).Expect(0);
            Assert.False(File.Exists(stale));
            Assert.True(File.Exists(living), "a process that lives is still writing it");
        }
    }

    [Fact]
    public void An_input_is_not_overwritten_through_a_link()
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("links need rights there");
        place.Latent("encode", "tree/one.png", "-o", "tree/z.safetensors").Expect(0);
        TensorImageFile.Save(place.File("tree/raw.safetensors"), Pictures.Scene(32, 32, 1));
        Directory.CreateSymbolicLink(place.File("linked"), place.File("tree"));
        byte[] before = File.ReadAllBytes(place.File("tree/raw.safetensors"));
        Assert.Contains("would be overwritten",
            place.Latent("encode", "tree/raw.safetensors", "-o", "linked/raw.safetensors").Expect(2).Error, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(place.File("tree/raw.safetensors")));
        File.Copy(Repository.Path("assets/models/flux1-mini.safetensors"), place.File("tree/m.safetensors"));
        Assert.Contains("the file that is read", place.Latent("convert", "tree/m.safetensors", "linked/m.safetensors").Expect(2).Error,
            StringComparison.Ordinal);
        Assert.Contains("the file that is read",
            place.Latent("recalibrate", "tree/m.safetensors", "--images", "tree", "-o", "linked/m.safetensors").Expect(2).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_files_say_is_shown_without_its_control_characters()
    {
        const string nasty = "\u001b]0;owned\u0007\u001b[2J\r\u202Egnp.exe";
        SafetensorsWriter.Write(place.File("nasty.safetensors"), [SafetensorsEntry.Of("w" + nasty, new float[4], 4)],
            new Dictionary<string, string> { ["k" + nasty] = nasty + new string('x', 100_000) });
        Workplace.Outcome outcome = place.Latent("inspect", "nasty.safetensors", "--tensors").Expect(0);
        foreach (string said in (string[])[outcome.Output, outcome.Error])
        {
            Assert.DoesNotContain(said, c => char.IsControl(c) && c is not '\n' || c == '\u202E');
            Assert.True(said.Length < 10_000, $"{said.Length} characters");
        }
        Assert.Contains("\\u001b", outcome.Output, StringComparison.Ordinal);
    }

    private static (int Total, int Done, int Failed) Counts(JsonElement result)
    {
        JsonElement batch = result.GetProperty("batch");
        return (batch.GetProperty("total").GetInt32(), batch.GetProperty("done").GetInt32(), batch.GetProperty("failed").GetInt32());
    }

    private static string[] Outputs(JsonElement result)
        => [.. result.GetProperty("results").EnumerateArray().Select(r => r.GetProperty("output").GetString()!.Replace('\\', '/'))
            .Order(StringComparer.Ordinal)];
}
