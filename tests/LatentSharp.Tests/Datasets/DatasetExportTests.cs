using System.Formats.Tar;
using System.Text.Json;
using LatentSharp.Datasets.Formats;
using LatentSharp.Datasets.Preprocessing;
using LatentSharp.Tests.CommandLine;
using LatentSharp.Tests.Imaging;
using LatentSharp.Tests.Quality;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;
using LatentSharp.Weights.Files.Numpy;

namespace LatentSharp.Tests.Datasets;

/// <summary><c>latent dataset export</c>, and musubi-tuner's files against the samples of <c>golden/dataset</c>.</summary>
[Collection(CommandsCollection.Name)]
public sealed class DatasetExportTests : IDisposable
{
    private static readonly string[] Buckets = ["--buckets", "kohya", "--resolution", "64", "--min-bucket", "32", "--max-bucket", "128", "--bucket-step", "16"];

    private readonly Workplace place = new();

    public DatasetExportTests()
    {
        Directory.CreateDirectory(place.File("set/a"));
        PictureFile.Save(place.File("set/one.png"), Pictures.Scene(75, 100, 1));
        PictureFile.Save(place.File("set/a/two.png"), Pictures.Scene(64, 64, 2));
        PictureFile.Save(place.File("set/a/three.png"), Pictures.Scene(96, 48, 3));
        File.WriteAllText(place.File("set/a/two.txt"), "a caption");
    }

    public void Dispose() => place.Dispose();

    [Theory]
    [InlineData("photo_0100x0075_zi", "flux1", "zi", 16, true)]
    [InlineData("photo_0100x0075_f2k4b", "flux2", "f2k4b", 128, false)]
    [InlineData("photo_0100x0075_qi", "wan21", "qi", 16, false)]
    public void Musubis_samples_are_made_again(string name, string spaceId, string architecture, int channels, bool unscaled)
    {
        string path = Shared.Path($"golden/dataset/musubi/{name}.safetensors");
        LatentSpace space = LatentSpace.Find(spaceId)!;
        var placement = new Placement(new Extent(100, 75), new Extent(85, 64), 10, 0, new Extent(64, 64), ResampleFilter.Area);
        using SafetensorsFile golden = SafetensorsFile.Open(path);
        TensorInfo tensor = Assert.Single(golden.Tensors.Values);
        var options = new FormatOptions(space, architecture, tensor.Type);
        PictureLatent read = new MusubiFormat().Read("photo.png", placement, [path], options);
        Assert.Equal(channels, read.Latent.Channels);
        // z = (m - shift) * scale where the trainer scales itself (Z-Image: 0.1159 and 0.3611), the values as they are otherwise.
        float first = golden.Read(tensor)[0];
        Assert.Equal(unscaled ? (first - 0.1159) * 0.3611 : first, read.Latent.Values[0], 1e-6);
        TrainerFile file = Assert.Single(new MusubiFormat().FilesOf(read, options));
        Assert.Equal(name + ".safetensors", file.Name);
        using (FileStream stream = File.Create(place.File("again.safetensors"))) file.Write(stream);
        using SafetensorsFile again = SafetensorsFile.Open(place.File("again.safetensors"));
        Assert.Equal(golden.Metadata.OrderBy(m => m.Key, StringComparer.Ordinal),
            again.Metadata.OrderBy(m => m.Key, StringComparer.Ordinal));
        Assert.Equal(golden.Tensors.Values, again.Tensors.Values);
        float[] before = golden.Read(tensor), after = again.Read(tensor);
        for (int i = 0; i < before.Length; i++) Assert.Equal(before[i], after[i], 2.5e-7 * Math.Max(1, Math.Abs(before[i])));
    }

    [Fact]
    public void A_data_set_becomes_another_trainers_as_if_it_had_been_encoded_for_it()
    {
        place.Latent(["dataset", "encode", "set", "-o", "own", "--dtype", "f32", .. Buckets]).Expect(0);
        place.Latent("dataset", "export", "own", "-o", "kohya", "--format", "kohya").Expect(0);
        place.Latent(["dataset", "encode", "set", "-o", "direct", "--format", "kohya", .. Buckets]).Expect(0);
        Assert.Equal(DatasetContents.Of(place.File("direct")), DatasetContents.Of(place.File("kohya")));
        // Nothing is done twice, and encoding goes on from there.
        JsonElement again = place.Latent("dataset", "export", "own", "-o", "kohya", "--format", "kohya", "--json").Expect(0).Json;
        Assert.Equal((0, 3), (again.GetProperty("written").GetInt32(), again.GetProperty("there").GetInt32()));
        Assert.Equal(0, place.Latent("dataset", "encode", "set", "-o", "kohya", "--json").Expect(0).Json.GetProperty("batch").GetProperty("done").GetInt32());

        // Through 16 bits it is another data set: never mixed with one that was encoded.
        place.Latent(["dataset", "encode", "set", "-o", "half", "--dtype", "bf16", .. Buckets]).Expect(0);
        place.Latent("dataset", "export", "half", "-o", "rounded", "--format", "kohya").Expect(0);
        string mixed = place.Latent("dataset", "export", "half", "-o", "kohya", "--format", "kohya").Expect(5).Error;
        Assert.Contains("values that were stored as BF16 or F16 before", mixed, StringComparison.Ordinal);
        place.Latent("dataset", "verify", "set", "-o", "rounded", "--deep").Expect(0);
    }

    [Fact]
    public void What_another_trainer_would_see_turned_or_cannot_hold_is_said()
    {
        File.WriteAllBytes(place.File("set/turned.jpg"), Turned());
        place.Latent(["dataset", "encode", "set", "-o", "kohya", "--format", "kohya", .. Buckets]).Expect(0);
        JsonElement result = place.Latent("dataset", "export", "kohya", "-o", "ai", "--format", "ai-toolkit", "--json").Expect(3).Json;
        Assert.Equal(3, result.GetProperty("written").GetInt32());
        Assert.Equal("turned.jpg", Assert.Single(result.GetProperty("failed").EnumerateArray()).GetProperty("input").GetString());
        place.Latent("dataset", "export", "kohya", "-o", "zi", "--format", "musubi", "--architecture", "zi").Expect(0);
        Assert.True(File.Exists(place.File("zi/turned_0064x0032_zi.safetensors")));
        place.Latent("dataset", "verify", "set", "-o", "zi", "--deep").Expect(0);

        place.Latent("dataset", "encode", "set", "-o", "whole").Expect(0);
        Assert.Contains("buckets only", place.Latent("dataset", "export", "whole", "-o", "x", "--format", "kohya").Expect(5).Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(place.File("x")));
        place.Latent("dataset", "export", "whole", "-o", "whole", "--format", "webdataset").Expect(2);
    }

    [Fact]
    public void Tar_shards_hold_each_sample_in_one_piece_as_webdataset_reads_them()
    {
        place.Latent(["dataset", "encode", "set", "-o", "own", "--dtype", "f32", .. Buckets]).Expect(0);
        place.Latent("dataset", "export", "own", "-o", "tar", "--format", "webdataset", "--shard-size", "2", "--captions", "set").Expect(0);
        Assert.Equal(["00000.tar", "00001.tar"], Directory.GetFiles(place.File("tar")).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal));
        var seen = new List<string>();
        foreach (string shard in (string[])["tar/00000.tar", "tar/00001.tar"])
        {
            using var tar = new TarReader(File.OpenRead(place.File(shard)));
            string key = "", name = "";
            while (tar.GetNextEntry() is { } entry)
            {
                Assert.Equal(TarEntryFormat.Ustar, entry.Format);
                string[] parts = entry.Name.Split('.', 2);
                using var content = new MemoryStream();
                entry.DataStream!.CopyTo(content);
                content.Position = 0;
                if (parts[1] == "json")
                {
                    // A sample begins, and never again.
                    Assert.True(string.CompareOrdinal(parts[0], key) > 0);
                    (key, name) = (parts[0], JsonDocument.Parse(content).RootElement.GetProperty("name").GetString()!);
                    seen.Add(name);
                }
                Assert.Equal(key, parts[0]);
                if (parts[1] == "txt") Assert.Equal("a/two.png", name);
                if (parts[1] == "npy")
                    Assert.Equal(LatentFile.Load(place.File($"own/{name}.latent.safetensors")).Values,
                        NumpyArray.Read(content, content.Length, name).ToSingles());
            }
        }
        Assert.Equal(["a/three.png", "a/two.png", "one.png"], seen.Order(StringComparer.Ordinal));
        byte[] before = File.ReadAllBytes(place.File("tar/00000.tar"));
        place.Latent("dataset", "export", "own", "-o", "tar", "--format", "webdataset", "--shard-size", "2", "--captions", "set").Expect(0);
        Assert.Equal(before, File.ReadAllBytes(place.File("tar/00000.tar")));
    }

    // Orientation 6, stored 64 x 32.
    private static byte[] Turned()
    {
        using NetVips.Image tagged = SamplePictures.VipsRgb(64, 32).Mutate(m => m.Set(NetVips.GValue.GIntType, "orientation", 6));
        return tagged.JpegsaveBuffer();
    }
}
