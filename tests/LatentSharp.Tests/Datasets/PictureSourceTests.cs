using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json;
using LatentSharp.Tests.CommandLine;
using LatentSharp.Tests.Quality;

namespace LatentSharp.Tests.Datasets;

/// <summary>Pictures of a data set from a list, a tar file and a zip file are those of the folder.</summary>
[Collection(CommandsCollection.Name)]
public sealed class PictureSourceTests : IDisposable
{
    private static readonly string[] Small = ["--buckets", "fixed", "--resolution", "32"];

    private readonly Workplace place = new();

    public PictureSourceTests()
    {
        Directory.CreateDirectory(place.File("set/a"));
        PictureFile.Save(place.File("set/one.png"), Pictures.Scene(48, 40, 1));
        PictureFile.Save(place.File("set/a/two.png"), Pictures.Scene(32, 64, 2));
        File.WriteAllText(place.File("set/a/two.txt"), "a caption");
        File.WriteAllText(place.File("set/broken.png"), "no picture");
        place.Latent(["dataset", "encode", "set", "-o", "folder", .. Small]).Expect(3);
    }

    public void Dispose() => place.Dispose();

    [Fact]
    public void Archives_give_what_the_folder_gives()
    {
        ZipFile.CreateFromDirectory(place.File("set"), place.File("set.zip"));
        TarFile.CreateFromDirectory(place.File("set"), place.File("set.tar"), includeBaseDirectory: false);
        foreach (string archive in (string[])["set.zip", "set.tar"])
        {
            JsonElement result = place.Latent(["dataset", "encode", archive, "-o", "out-" + archive, .. Small, "--json"]).Expect(3).Json;
            Assert.Equal(2, result.GetProperty("batch").GetProperty("done").GetInt32());
            Assert.Equal("broken.png", Assert.Single(result.GetProperty("failed").EnumerateArray()).GetProperty("input").GetString());
            Assert.Equal(Latents("folder"), Latents("out-" + archive));
            place.Latent("dataset", "merge", archive, "-o", "out-" + archive).Expect(3);
            Assert.Equal(0, place.Latent(["dataset", "encode", archive, "-o", "out-" + archive, "--json"]).Expect(3).Json.GetProperty("batch")
                .GetProperty("done").GetInt32());
        }
        // An archive that was cut off says so, and names that lead out of it are no pictures.
        File.WriteAllBytes(place.File("cut.zip"), File.ReadAllBytes(place.File("set.zip"))[..200]);
        Assert.Contains("damaged or cut off", place.Latent("dataset", "encode", "cut.zip", "-o", "x").Expect(6).Error, StringComparison.Ordinal);
        using (ZipArchive outside = ZipFile.Open(place.File("outside.zip"), ZipArchiveMode.Create))
            outside.CreateEntryFromFile(place.File("set/one.png"), "../../one.png");
        Assert.Contains("no pictures", place.Latent("dataset", "encode", "outside.zip", "-o", "x").Expect(6).Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(place.File("x")));
    }

    [Fact]
    public void A_list_is_taken_line_by_line_and_a_wrong_line_costs_one_picture()
    {
        File.WriteAllText(place.File("names.txt"), "set/one.png\r\n\nset/nothing.png\nset/a/two.png\n");
        JsonElement result = place.Latent(["dataset", "encode", "@names.txt", "-o", "listed", .. Small, "--json"]).Expect(3).Json;
        Assert.Equal("set/nothing.png", Assert.Single(result.GetProperty("failed").EnumerateArray()).GetProperty("input").GetString());
        Assert.Equal(Latents("folder").Values, Latents("listed").Values);
        place.Latent("dataset", "encode", "@nowhere.txt", "-o", "x").Expect(4);
        place.Latent("dataset", "encode", "names.txt", "-o", "x").Expect(6);
    }

    private Dictionary<string, string> Latents(string folder)
        => Directory.GetFiles(place.File(folder), "*.latent.safetensors", SearchOption.AllDirectories)
            .OrderBy(f => Path.GetFileName(f), StringComparer.Ordinal)
            .ToDictionary(f => Path.GetRelativePath(place.File(folder), f), f => string.Join(' ', LatentFile.Load(f).Values));
}
