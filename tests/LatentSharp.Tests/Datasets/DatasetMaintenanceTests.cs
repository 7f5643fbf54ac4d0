using System.Text.Json;
using LatentSharp.Tests.CommandLine;
using LatentSharp.Tests.Quality;

namespace LatentSharp.Tests.Datasets;

/// <summary><c>latent dataset status</c>, <c>verify</c>, <c>diff</c>, <c>prune</c>, <c>merge</c>.</summary>
[Collection(CommandsCollection.Name)]
public sealed class DatasetMaintenanceTests : IDisposable
{
    private static readonly string[] Encode = ["dataset", "encode", "set", "-o", "out", "--format", "kohya", "--resolution", "64", "--min-bucket", "32",
        "--max-bucket", "128", "--bucket-step", "16"];

    private readonly Workplace place = new();

    public DatasetMaintenanceTests()
    {
        Directory.CreateDirectory(place.File("set/cats"));
        Save("set/one.png", 1);
        Save("set/two.png", 2);
        Save("set/cats/three.png", 3);
        Save("set/cats/four.png", 4);
    }

    public void Dispose() => place.Dispose();

    [Fact]
    public void Diff_says_why_each_picture_would_be_encoded_and_encodes_nothing()
    {
        Assert.All(Stale(), s => Assert.Equal("new", s.Reason));
        Assert.Equal(4, Stale().Length);
        Assert.False(Directory.Exists(place.File("out")));
        place.Latent(Encode).Expect(0);
        Assert.Empty(Stale());

        Save("set/one.png", 11);
        File.Move(place.File("set/two.png"), place.File("set/cats/deux.png"));
        File.Delete(place.File("out/cats/three_0064x0048_flux.npz"));
        File.WriteAllText(place.File("set/new.png"), "no picture");
        JsonElement diff = place.Latent("dataset", "diff", "set", "-o", "out", "--json").Expect(0).Json;
        Assert.Equal([("cats/deux.png", "renamed"), ("cats/three.png", "file-damaged"), ("new.png", "new"), ("one.png", "edited")], Reasons(diff));
        Assert.Equal("two.png", diff.GetProperty("stale")[0].GetProperty("was").GetString());
        Assert.Equal(["two.png"], diff.GetProperty("gone").EnumerateArray().Select(g => g.GetString()));

        // Every other way to make it is named, and would do everything anew.
        foreach ((string[] asked, string what) in ((string[], string)[])[(["--resolution", "96"], "rule"), (["--sample", "3"], "values")])
        {
            JsonElement other = place.Latent(["dataset", "diff", "set", "-o", "out", .. asked, "--json"]).Expect(0).Json;
            Assert.Equal(what, other.GetProperty("differences")[0].GetProperty("what").GetString());
            Assert.Contains(("cats/four.png", "other-settings"), Reasons(other));
        }
        Assert.Contains("renamed, it was two.png", place.Latent("dataset", "diff", "set", "-o", "out").Expect(0).Output, StringComparison.Ordinal);

        // What it said is what encoding does.
        JsonElement batch = place.Latent([.. Encode, "--json"]).Expect(3).Json.GetProperty("batch");
        Assert.Equal((3, 1), (batch.GetProperty("done").GetInt32(), batch.GetProperty("failed").GetInt32()));
        Assert.Empty(Stale());
    }

    [Fact]
    public void Verify_finds_each_kind_of_damage()
    {
        place.Latent(Encode).Expect(0);
        Assert.Empty(Problems());
        JsonElement deep = place.Latent("dataset", "verify", "set", "-o", "out", "--deep", "--sample", "4", "--json").Expect(0).Json;
        Assert.Equal(4, deep.GetProperty("samples").GetInt32());

        // Another time is no change; another content of the same length and time is found by content only.
        File.SetLastWriteTimeUtc(place.File("set/two.png"), DateTime.UtcNow.AddDays(-3));
        Assert.Empty(Problems());
        string file = place.File("out/one_0064x0048_flux.npz");
        byte[] whole = File.ReadAllBytes(file), spoilt = (byte[])whole.Clone();
        spoilt[spoilt.Length / 2] ^= 1;
        File.WriteAllBytes(file, spoilt);
        Assert.Empty(Problems());
        Assert.Equal([("one.png", "file-changed")], Problems("--deep"));
        File.WriteAllBytes(file, whole[..^5]);
        Assert.Equal([("one.png", "file-changed")], Problems());
        File.Delete(file);
        Assert.Equal([("one.png", "file-missing")], Problems());

        Save("set/two.png", 22);
        Save("set/late.png", 5);
        File.Delete(place.File("set/cats/three.png"));
        Assert.Equal([("cats/three.png", "picture-gone"), ("late.png", "not-encoded"), ("one.png", "file-missing"),
            ("two.png", "picture-changed")], Problems());
        File.WriteAllText(place.File("set/late.png"), "no picture");
        place.Latent(Encode).Expect(3);
        Assert.Equal([("cats/three.png", "picture-gone"), ("late.png", "failed")], Problems("--deep"));
    }

    [Fact]
    public void Status_counts_and_prune_removes_what_is_gone_and_nothing_else()
    {
        File.Copy(place.File("set/one.png"), place.File("set/copy.png"));
        place.Latent(Encode).Expect(0);
        JsonElement status = place.Latent("dataset", "status", "out", "--source", "set", "--json").Expect(0).Json;
        Assert.Equal((5, 5, 0), (status.GetProperty("encoded").GetInt32(), status.GetProperty("files").GetInt32(), status.GetProperty("missing").GetInt32()));
        Assert.Equal(["copy.png", "one.png"], status.GetProperty("duplicates")[0].EnumerateArray().Select(n => n.GetString()));
        Assert.Equal(Directory.GetFiles(place.File("out"), "*.npz", SearchOption.AllDirectories).Sum(f => new FileInfo(f).Length),
            status.GetProperty("bytes").GetInt64());

        File.WriteAllText(place.File("out/mine.npz"), "somebody else's");
        File.Delete(place.File("set/cats/four.png"));
        // Renamed to another extension, the picture has the same file as before: it stays.
        File.Move(place.File("set/two.png"), place.File("set/two.jpg"));
        place.Latent(Encode).Expect(0);
        JsonElement dry = place.Latent("dataset", "prune", "set", "-o", "out", "--dry-run", "--json").Expect(0).Json;
        Assert.Equal(["cats/four_0064x0048_flux.npz"], dry.GetProperty("files").EnumerateArray().Select(f => f.GetString()));
        Assert.True(File.Exists(place.File("out/cats/four_0064x0048_flux.npz")));
        place.Latent("dataset", "prune", "set", "-o", "out").Expect(0);
        Assert.Equal(["out/cats/three_0064x0048_flux.npz", "out/copy_0064x0048_flux.npz", "out/mine.npz", "out/one_0064x0048_flux.npz",
            "out/two_0064x0048_flux.npz"], place.Files.Where(f => f.EndsWith(".npz", StringComparison.Ordinal)).Select(f => f.Replace('\\', '/')));
        Assert.Empty(Problems("--deep"));

        // A wrong folder is no reason to remove everything.
        Directory.CreateDirectory(place.File("elsewhere"));
        place.Latent("dataset", "prune", "elsewhere", "-o", "out").Expect(5);
        Assert.Empty(Problems());
        place.Latent("dataset", "status", "elsewhere").Expect(4);
    }

    [Fact]
    public void Parts_make_the_whole_and_an_incomplete_one_is_refused_by_name()
    {
        place.Latent([.. Encode[..4], "whole", .. Encode[5..]]).Expect(0);
        int done = 0, last = LatentSharp.Datasets.Sources.Shard.Of("one.png", 3);
        foreach (int part in Enumerable.Range(0, 3).OrderBy(p => p == last))
        {
            if (part == last)
            {
                string error = place.Latent("dataset", "merge", "set", "-o", "out", "--shards", "3").Expect(3).Error;
                Assert.Contains("no latent yet", error, StringComparison.Ordinal);
                Assert.Contains($"the part {last} of 3", error, StringComparison.Ordinal);
            }
            done += place.Latent([.. Encode, "--shard", $"{part}/3", "--json"]).Expect(0).Json.GetProperty("batch").GetProperty("done").GetInt32();
        }
        Assert.Equal(4, done);
        // Twice, and divided otherwise: nothing is computed again.
        Assert.Equal(0, place.Latent([.. Encode, "--shard", "1/2", "--json"]).Expect(0).Json.GetProperty("batch").GetProperty("done").GetInt32());
        place.Latent("dataset", "merge", "set", "-o", "out").Expect(0);
        Assert.Equal(Contents("whole"), Contents("out"));
    }

    [Fact]
    public void Pictures_that_were_saved_again_or_resized_are_nearly_the_same()
    {
        ImageTensor scene = Pictures.Scene(192, 256, 7);
        PictureFile.Save(place.File("set/seven.png"), scene);
        PictureFile.Save(place.File("set/cats/again.jpg"), scene, new PictureSaveOptions { Quality = 85 });
        place.Latent("dataset", "encode", "set", "-o", "near", "--buckets", "fixed", "--resolution", "64").Expect(0);
        JsonElement pair = Assert.Single(place.Latent("dataset", "status", "near", "--json").Expect(0).Json.GetProperty("near_duplicates").EnumerateArray());
        Assert.Equal(("cats/again.jpg", "seven.png"), (pair.GetProperty("one").GetString(), pair.GetProperty("other").GetString()));
        // Every pair within the limit is found, whichever bits differ.
        ulong[] looks = [0, 0b111, 1UL << 63, 0b1111, ulong.MaxValue];
        using var alike = new LatentSharp.Datasets.AlikePictures(3);
        for (int i = 0; i < looks.Length; i++) alike.Add((UInt128)i, (UInt128)i, looks[i]);
        Assert.Empty(alike.Same());
        Assert.Equal([(0, 1, 3), (0, 2, 1), (1, 3, 1)], alike.Pairs(10).Select(p => ((int)p.One, (int)p.Other, p.Bits)));
    }

    /// <summary>All files of a data set, the manifest included, by name, with their bytes.</summary>
    private Dictionary<string, string> Contents(string folder) => DatasetContents.Of(place.File(folder));

    private (string Input, string Reason)[] Stale()
        => Reasons(place.Latent(["dataset", "diff", .. Encode[2..], "--json"]).Expect(0).Json);

    private static (string Input, string Reason)[] Reasons(JsonElement diff) => [.. diff.GetProperty("stale").EnumerateArray()
        .Select(s => (s.GetProperty("input").GetString()!, s.GetProperty("reason").GetString()!))];

    private (string Input, string Kind)[] Problems(params string[] options)
    {
        Workplace.Outcome outcome = place.Latent(["dataset", "verify", "set", "-o", "out", .. options, "--json"]);
        (string Input, string Kind)[] problems = [.. outcome.Json.GetProperty("problems").EnumerateArray()
            .Select(p => (p.GetProperty("input").GetString()!, p.GetProperty("kind").GetString()!)).Order()];
        outcome.Expect(problems.Length > 0 ? 3 : 0);
        return problems;
    }

    private void Save(string name, int seed) => PictureFile.Save(place.File(name), Pictures.Scene(48, 64, seed));
}
