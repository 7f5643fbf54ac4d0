using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json;
using LatentSharp.Datasets;
using LatentSharp.Tests.CommandLine;
using LatentSharp.Tests.Quality;
using Parquet;
using Parquet.Schema;

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
    public async Task Parquet_files_give_their_pictures_names_and_captions()
    {
        byte[] one = File.ReadAllBytes(place.File("set/one.png")), two = File.ReadAllBytes(place.File("set/a/two.png"));
        // As data sets for training are published: a column image of bytes and path, and a text.
        var bytes = new DataField("bytes", typeof(byte[]), isNullable: true);
        var path = new DataField("path", typeof(string), isNullable: true);
        var text = new DataField("text", typeof(string), isNullable: true);
        var schema = new ParquetSchema(new StructField("image", bytes, path), text);
        await Write("nested.parquet", schema, async group =>
        {
            await group.WriteAsync(bytes, new byte[]?[] { one, two, null, one }!);
            await group.WriteAsync(path, new string?[] { "one.png", "a/two.png", "broken.png", "a/two.png" }!);
            await group.WriteAsync(text, new string?[] { "", " of one ", null, "again" }!);
        });
        JsonElement result = place.Latent(["dataset", "encode", "nested.parquet", "-o", "nested", .. Small, "--json"]).Expect(3).Json;
        // Two rows of one path are called by their numbers; a row without a picture is listed.
        Assert.Equal(["one.png", "row00000001", "row00000003"], result.GetProperty("results").EnumerateArray()
            .Select(r => r.GetProperty("input").GetString()).Order(StringComparer.Ordinal));
        Assert.Equal("broken.png", Assert.Single(result.GetProperty("failed").EnumerateArray()).GetProperty("input").GetString());
        Assert.Equal(Latents("folder").Values.Order(), Latents("nested").Where(l => !l.Key.Contains("row00000003", StringComparison.Ordinal))
            .Select(l => l.Value).Order());
        using (LatentDatasetReader reader = LatentDatasetReader.Open(place.File("nested")))
            Assert.Equal([null, "again", "of one"], reader.Batches(new LatentBatchOptions { Seed = null }).SelectMany(b => b.Captions).Order());

        // A plain column of bytes, and none at all.
        var data = new DataField("data", typeof(byte[]), isNullable: false);
        await Write("plain.parquet", new ParquetSchema(data), group => group.WriteAsync(data, new[] { one, two }));
        Assert.Equal(2, place.Latent(["dataset", "encode", "plain.parquet", "-o", "plain", .. Small, "--json"]).Expect(0).Json.GetProperty("batch")
            .GetProperty("done").GetInt32());
        await Write("none.parquet", new ParquetSchema(text), group => group.WriteAsync(text, new string?[] { "a" }!));
        Assert.Contains("text (text)", place.Latent("dataset", "encode", "none.parquet", "-o", "x").Expect(6).Error, StringComparison.Ordinal);
        File.WriteAllBytes(place.File("cut.parquet"), File.ReadAllBytes(place.File("plain.parquet"))[..^20]);
        Assert.Contains("damaged", place.Latent("dataset", "encode", "cut.parquet", "-o", "x").Expect(6).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Captions_are_found_wherever_pictures_lie()
    {
        ZipFile.CreateFromDirectory(place.File("set"), place.File("set.zip"));
        TarFile.CreateFromDirectory(place.File("set"), place.File("set.tar"), includeBaseDirectory: false);
        foreach (string source in (string[])["set", "set.zip", "set.tar"])
        {
            place.Latent(["dataset", "encode", source, "-o", "captions-" + source, .. Small]).Expect(3);
            using LatentDatasetReader reader = LatentDatasetReader.Open(place.File("captions-" + source));
            Dictionary<string, string?> captions = reader.Batches().ToDictionary(b => b.Names[0], b => b.Captions[0]);
            Assert.Equal("a caption", captions["a/two.png"]);
            Assert.Null(captions["one.png"]);
        }
    }

    private async Task Write(string name, ParquetSchema schema, Func<ParquetRowGroupWriter, Task> rows)
    {
        await using FileStream file = File.Create(place.File(name));
        await using ParquetWriter writer = await ParquetWriter.CreateAsync(schema, file,
            cancellationToken: TestContext.Current.CancellationToken);
        using ParquetRowGroupWriter group = writer.CreateRowGroup();
        await rows(group);
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
