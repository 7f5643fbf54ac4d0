using System.Buffers.Binary;
using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using LatentSharp.Tensors;
using LatentSharp.Tests.CommandLine;
using LatentSharp.Tests.Quality;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;
using LatentSharp.Weights.Files.Numpy;
using Parquet;
using Parquet.Schema;

namespace LatentSharp.Tests.Datasets;

/// <summary>
/// Formats whose files hold many pictures, and those of torch: read back by their own rules, and held against the latents of LatentSharp's
/// own files of the same pictures.
/// </summary>
[Collection(CommandsCollection.Name)]
public sealed class PackedFormatTests : IDisposable
{
    private static readonly string[] Rule = ["--buckets", "kohya", "--resolution", "64", "--min-bucket", "32", "--max-bucket", "128", "--bucket-step", "16"];
    private static readonly string[] Names = ["a/three.png", "a/two.png", "one.png"];

    private readonly Workplace place = new();

    public PackedFormatTests()
    {
        Directory.CreateDirectory(place.File("set/a"));
        PictureFile.Save(place.File("set/one.png"), Pictures.Scene(75, 100, 1));
        PictureFile.Save(place.File("set/a/two.png"), Pictures.Scene(64, 64, 2));
        PictureFile.Save(place.File("set/a/three.png"), Pictures.Scene(96, 48, 3));
        File.WriteAllText(place.File("set/a/two.txt"), "a caption\n");
        File.WriteAllText(place.File("set/broken.png"), "no picture");
        place.Latent(["dataset", "encode", "set", "-o", "own", "--dtype", "f32", "--flip", "--posterior", .. Rule]).Expect(3);
    }

    public void Dispose() => place.Dispose();

    [Fact]
    public void Tar_shards_are_encoded_into_and_exported_the_same()
    {
        string[] how = ["--format", "webdataset", "--shard-size", "2"];
        place.Latent(["dataset", "encode", "set", "-o", "tar", "--flip", "--posterior", .. how, .. Rule]).Expect(3);
        place.Latent(["dataset", "export", "own", "-o", "exported", .. how]).Expect(3);
        Assert.Equal(["00000.tar", "00001.tar"], Visible("tar"));
        foreach (string shard in Visible("tar")) Assert.Equal(File.ReadAllBytes(place.File("exported/" + shard)),
            File.ReadAllBytes(place.File("tar/" + shard)));
        var seen = new List<string>();
        foreach (string shard in Visible("tar"))
        {
            using var tar = new TarReader(File.OpenRead(place.File("tar/" + shard)));
            string name = "";
            while (tar.GetNextEntry() is { } entry)
            {
                using var content = new MemoryStream();
                entry.DataStream!.CopyTo(content);
                content.Position = 0;
                switch (entry.Name.Split('.', 2)[1])
                {
                    case "json":
                        seen.Add(name = JsonDocument.Parse(content).RootElement.GetProperty("name").GetString()!);
                        break;
                    case "npy":
                        Assert.Equal(Own(name).Values, NumpyArray.Read(content, content.Length, name).ToSingles());
                        break;
                    case "logvar.npy":
                        Assert.Equal(Own(name).LogVariance, NumpyArray.Read(content, content.Length, name).ToSingles());
                        break;
                    case "mirrored.npy":
                        Assert.Equal(Own(name + ".mirrored").Values, NumpyArray.Read(content, content.Length, name).ToSingles());
                        break;
                    case "txt":
                        Assert.Equal(("a/two.png", "a caption"), (name, Encoding.UTF8.GetString(content.ToArray())));
                        break;
                }
            }
        }
        Assert.Equal(Names, seen.Order(StringComparer.Ordinal));

        // Made again only when something is another; what belongs to them no more goes.
        DateTime before = File.GetLastWriteTimeUtc(place.File("tar/00000.tar"));
        place.Latent("dataset", "encode", "set", "-o", "tar").Expect(3);
        Assert.Equal(before, File.GetLastWriteTimeUtc(place.File("tar/00000.tar")));
        File.WriteAllText(place.File("set/a/two.txt"), "another caption");
        JsonElement batch = place.Latent("dataset", "encode", "set", "-o", "tar", "--json").Expect(3).Json.GetProperty("batch");
        Assert.Equal(0, batch.GetProperty("done").GetInt32());
        Assert.Contains("another caption", string.Concat(Visible("tar").Select(t => File.ReadAllText(place.File("tar/" + t), Encoding.Latin1))),
            StringComparison.Ordinal);
        File.Delete(place.File("set/one.png"));
        place.Latent("dataset", "prune", "set", "-o", "tar").Expect(0);
        Assert.Equal(["00000.tar"], Visible("tar"));
        File.WriteAllBytes(place.File("tar/00000.tar"), File.ReadAllBytes(place.File("tar/00000.tar"))[..^512]);
        JsonElement verified = place.Latent("dataset", "verify", "set", "-o", "tar", "--json").Expect(3).Json;
        Assert.Contains(verified.GetProperty("problems").EnumerateArray(), p => p.GetProperty("input").GetString() == "00000.tar");
    }

    [Fact]
    public void Parts_become_shards_when_they_are_merged()
    {
        string[] how = ["--format", "safetensors-shards", "--dtype", "f32", "--shard-size", "2", .. Rule];
        place.Latent(["dataset", "encode", "set", "-o", "whole", .. how]).Expect(3);
        for (int part = 0; part < 3; part++) place.Latent(["dataset", "encode", "set", "-o", "parts", .. how, "--shard", $"{part}/3", "--quiet"]);
        Assert.Empty(Visible("parts"));
        place.Latent("dataset", "merge", "set", "-o", "parts", "--shards", "3").Expect(3);
        Assert.Equal(DatasetContents.Of(place.File("whole")), DatasetContents.Of(place.File("parts")));
        Assert.Equal(["captions.json", "latents-00001-of-00002.safetensors", "latents-00002-of-00002.safetensors", "latents.safetensors.index.json"],
            Visible("whole"));

        // The index is that of large models: whoever reads those finds every latent.
        using ShardedSafetensors all = ShardedSafetensors.Open(place.File("whole/latents.safetensors.index.json"));
        Assert.Equal(Names, all.Tensors.Keys.Order(StringComparer.Ordinal));
        foreach (string name in Names) Assert.Equal(Own(name).Values, all.Read(all.Tensors[name]));
        JsonElement index = JsonDocument.Parse(File.ReadAllBytes(place.File("whole/latents.safetensors.index.json"))).RootElement;
        Assert.Equal(all.Tensors.Values.Sum(t => t.ByteLength), index.GetProperty("metadata").GetProperty("total_size").GetInt64());
        Assert.Equal("a caption", JsonDocument.Parse(File.ReadAllBytes(place.File("whole/captions.json"))).RootElement.GetProperty("a/two.png").GetString());
    }

    [Fact]
    public async Task Parquet_has_a_row_a_latent_that_says_what_it_is()
    {
        foreach ((string type, int bytes) in ((string, int)[])[("f32", 4), ("bf16", 2)])
        {
            string output = "parquet-" + type;
            place.Latent(["dataset", "encode", "set", "-o", output, "--format", "parquet", "--dtype", type, "--posterior", .. Rule]).Expect(3);
            await using ParquetReader reader = await ParquetReader.CreateAsync(place.File(output + "/train-00000-of-00001.parquet"),
                cancellationToken: TestContext.Current.CancellationToken);
            Assert.Equal(1, reader.RowGroupCount);
            using ParquetRowGroupReader group = reader.OpenRowGroupReader(0);
            string[] names = await Texts("name"), captions = await Texts("caption"), types = await Texts("dtype"), spaces = await Texts("space");
            Assert.Equal(Names, names.Order(StringComparer.Ordinal));
            byte[][] latents = await Bytes("latent"), variances = await Bytes("logvar");
            int[] channels = await Numbers("channels"), heights = await Numbers("height"), widths = await Numbers("width"),
                bucket = await Numbers("bucket_width");
            for (int i = 0; i < names.Length; i++)
            {
                Latent own = Own(names[i]);
                Assert.Equal((own.Channels, own.Height, own.Width, "flux1", type.ToUpperInvariant()),
                    (channels[i], heights[i], widths[i], spaces[i], types[i]));
                Assert.Equal(own.Width * 8, bucket[i]);
                Assert.Equal(names[i] == "a/two.png" ? "a caption" : null, captions[i]);
                Assert.Equal(own.Values.Length * bytes, latents[i].Length);
                for (int v = 0; v < own.Values.Length; v++)
                {
                    // bfloat16 keeps 8 bits: half of 2^-8 of the value, and the file has been through it twice with the same result.
                    float value = bytes == 4 ? BinaryPrimitives.ReadSingleLittleEndian(latents[i].AsSpan(4 * v))
                        : BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadUInt16LittleEndian(latents[i].AsSpan(2 * v)) << 16);
                    Assert.Equal(own.Values[v], value, bytes == 4 ? 0 : Math.Abs(own.Values[v]) / 256 + 1e-30);
                }
                Assert.Equal(own.LogVariance!.Length * bytes, variances[i].Length);
            }

            DataField Field(string name) => reader.Schema.DataFields.Single(f => f.Name == name);

            async Task<string[]> Texts(string column)
            {
                var texts = new string?[group.RowCount];
                await group.ReadAsync(Field(column), texts.AsMemory());
                return texts!;
            }

            async Task<byte[][]> Bytes(string column)
            {
                var values = new byte[]?[group.RowCount];
                await group.ReadAsync(Field(column), values.AsMemory());
                return values!;
            }

            async Task<int[]> Numbers(string column)
            {
                var values = new int[group.RowCount];
                await group.ReadAsync<int>(Field(column), values.AsMemory());
                return values;
            }
        }
    }

    [Fact]
    public void SimpleTuners_files_are_named_by_the_stem_and_hold_one_tensor()
    {
        place.Latent(["dataset", "encode", "set", "-o", "cache", "--format", "simpletuner", "--dtype", "f32", .. Rule]).Expect(3);
        foreach (string name in Names)
        {
            string stem = Path.GetFileNameWithoutExtension(name), folder = name[..(name.LastIndexOf('/') + 1)];
            string path = place.File($"cache/{folder}{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(stem)))}.pt");
            using TorchFile file = TorchFile.Open(path);
            TensorInfo tensor = Assert.Single(file.Tensors.Values);
            Latent own = Own(name);
            Assert.Equal(new Shape(own.Channels, own.Height, own.Width), tensor.Shape);
            Assert.Equal(own.Values, file.Read(tensor));
        }
        place.Latent("dataset", "verify", "set", "-o", "cache", "--deep", "--sample", "2").Expect(3);
        // Pictures that differ in the extension alone would share a file.
        File.Copy(place.File("set/one.png"), place.File("set/one.jpg"));
        Assert.Contains("one of them", place.Latent("dataset", "encode", "set", "-o", "cache").Expect(3).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void OneTrainers_files_go_by_the_place_in_the_listing_and_hold_the_autoencoders_own_values()
    {
        place.Latent(["dataset", "encode", "set", "-o", "ot", "--format", "onetrainer", .. Rule]).Expect(3);
        Assert.Equal(["variation-0/0.pt", "variation-0/1.pt", "variation-0/2.pt", "variation-0/aggregate.pt"], Visible("ot"));
        for (int i = 0; i < Names.Length; i++)
        {
            using TorchFile file = TorchFile.Open(place.File($"ot/variation-0/{i}.pt"));
            TensorInfo tensor = Assert.Single(file.Tensors.Values);
            Assert.Equal("latent_image", tensor.Name);
            Latent own = Own(Names[i]);
            var expected = new float[own.Values.Length];
            own.Space.ToModel(own.Values, expected, own.Height, own.Width);
            Assert.Equal(expected, file.Read(tensor));
        }
        // Without the last file the trainer makes all again; the paths stand there in order.
        string aggregate = Encoding.Latin1.GetString(File.ReadAllBytes(place.File("ot/variation-0/aggregate.pt")));
        Assert.True(aggregate.IndexOf("a/three.png", StringComparison.Ordinal) < aggregate.IndexOf("one.png", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("simpletuner", "--flip", "mirrored")]
    [InlineData("onetrainer", "--posterior", "log-variance")]
    [InlineData("kohya", "--crops=3", "one crop")]
    [InlineData("webdataset", "--alpha=mask", "mask of transparency")]
    [InlineData("webdataset", "--dtype=bf16", "F32, F16")]
    public void What_a_format_cannot_hold_is_refused(string format, string option, string said)
        => Assert.Contains(said, place.Latent("dataset", "encode", "set", "-o", "x", "--format", format, "--buckets", "fixed", "--resolution", "64", option)
            .Expect(2).Error, StringComparison.Ordinal);

    private Latent Own(string name) => LatentFile.Load(place.File($"own/{name}.latent.safetensors"));

    private string[] Visible(string folder) => [.. Directory.EnumerateFiles(place.File(folder), "*", SearchOption.AllDirectories)
        .Select(f => Path.GetRelativePath(place.File(folder), f).Replace('\\',
            '/')).Where(f => !f.StartsWith('.')).Order(StringComparer.Ordinal)];
}
