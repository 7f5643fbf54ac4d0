using System.Text.Json;
using LatentSharp.Datasets.Formats;
using LatentSharp.Datasets.Manifests;
using LatentSharp.Datasets.Preprocessing;
using LatentSharp.Tests.CommandLine;
using LatentSharp.Tests.Quality;
using LatentSharp.Weights.Files.Numpy;

namespace LatentSharp.Tests.Datasets;

/// <summary>What is done to pictures beside the buckets: several crops, transparency, the least size.</summary>
[Collection(CommandsCollection.Name)]
public sealed class PreparationTests : IDisposable
{
    private readonly Workplace place = new();

    public PreparationTests()
    {
        Directory.CreateDirectory(place.File("set"));
        PictureFile.Save(place.File("set/wide.png"), Pictures.Scene(64, 160, 1));
        PictureFile.Save(place.File("set/square.png"), Pictures.Scene(64, 64, 2));
    }

    public void Dispose() => place.Dispose();

    [Fact]
    public void Several_crops_go_from_one_end_to_the_other_and_the_same_ones_are_one()
    {
        string[] how = ["--buckets", "fixed", "--resolution", "64", "--dtype", "f32"];
        place.Latent(["dataset", "encode", "set", "-o", "out", "--crops", "3", .. how]).Expect(0);
        // Each crop is what the part of the picture gives by itself.
        ImageTensor wide = PictureFile.Load(place.File("set/wide.png")).Image;
        int[] lefts = [0, 48, 96];
        for (int i = 0; i < lefts.Length; i++)
        {
            var part = new ImageTensor(1, 64, 64);
            for (int c = 0; c < 3; c++)
                for (int y = 0; y < 64; y++) wide.Plane(0, c).Slice(y * 160 + lefts[i], 64).CopyTo(part.Plane(0, c)[(y * 64)..]);
            PictureFile.Save(place.File($"part{i}.png"), part);
            place.Latent("encode", $"part{i}.png", "-o", $"part{i}.safetensors").Expect(0);
            string name = i == 0 ? "wide.png" : $"wide.png.crop{i}";
            Assert.Equal(LatentFile.Load(place.File($"part{i}.safetensors")).Values, LatentFile.Load(place.File($"out/{name}.latent.safetensors")).Values);
        }
        Assert.False(File.Exists(place.File("out/square.png.crop1.latent.safetensors")), "a square has one crop");
        place.Latent("dataset", "verify", "set", "-o", "out", "--deep", "--sample", "2").Expect(0);
        place.Latent("dataset", "export", "out", "-o", "tar", "--format", "webdataset").Expect(0);
        Assert.Equal(4, File.ReadAllText(place.File("tar/00000.tar"), System.Text.Encoding.Latin1).Split("\"crop\":").Length - 1);
        Assert.Contains("several crops", place.Latent("dataset", "export", "out", "-o", "k", "--format", "kohya").Expect(5).Error, StringComparison.Ordinal);
        // Another number of crops is another data set.
        Assert.Contains("crops: 3 there, 2 asked for", place.Latent(["dataset", "encode", "set", "-o", "out", "--crops", "2", .. how]).Expect(5).Error,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Small_pictures_are_left_out_and_listed()
    {
        PictureFile.Save(place.File("set/small.png"), Pictures.Scene(48, 100, 3));
        JsonElement result = place.Latent("dataset", "encode", "set", "-o", "out", "--buckets", "fixed", "--resolution", "32", "--min-size", "64", "--json")
            .Expect(3).Json;
        JsonElement failed = Assert.Single(result.GetProperty("failed").EnumerateArray());
        Assert.Equal("small.png", failed.GetProperty("input").GetString());
        Assert.Contains("at least 64", failed.GetProperty("error").GetProperty("what").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Transparency_lies_on_white_or_black_or_is_dropped_or_kept_as_kohyas_mask()
    {
        // Red, of which the left half is there; 96 x 96 is halved, so that each pixel of the bucket is the mean of four equal ones.
        byte[] rgba = new byte[4 * 96 * 96];
        for (int i = 0; i < 96 * 96; i++) (rgba[4 * i], rgba[4 * i + 3]) = (200, (byte)(i % 96 < 48 ? 255 : 64));
        File.Delete(place.File("set/wide.png"));
        File.Delete(place.File("set/square.png"));
        using (NetVips.Image image = NetVips.Image.NewFromMemory(rgba, 96, 96, 4,
            NetVips.Enums.BandFormat.Uchar).Copy(interpretation: NetVips.Enums.Interpretation.Srgb))
            image.Pngsave(place.File("set/red.png"));
        string[] kohya = ["--format", "kohya", "--resolution", "48", "--min-bucket", "16", "--max-bucket", "64", "--bucket-step", "16"];
        var latents = new Dictionary<string, float[]>();
        foreach (string rule in (string[])["white", "black", "drop", "mask"])
        {
            place.Latent(["dataset", "encode", "set", "-o", rule, "--alpha", rule, .. kohya]).Expect(0);
            Dictionary<string, NumpyArray> arrays = NumpyArchive.Read(place.File($"{rule}/red_0096x0096_flux.npz"));
            latents[rule] = arrays["latents_6x6"].ToSingles();
            Assert.Equal(rule == "mask", arrays.ContainsKey("alpha_mask_6x6"));
            if (rule != "mask") continue;
            Assert.Equal([48L, 48L], arrays["alpha_mask_6x6"].Shape);
            Assert.Equal(Enumerable.Range(0, 48 * 48).Select(i => i % 48 < 24 ? 1f : 64 / 255f), arrays["alpha_mask_6x6"].ToSingles());
        }
        Assert.Equal(latents["drop"], latents["mask"]);
        Assert.Equal(3, latents.Values.Select(v => v[^1]).Distinct().Count());
        // A picture without alpha gives ones.
        PictureFile.Save(place.File("set/opaque.png"), Pictures.Scene(48, 48, 4));
        place.Latent(["dataset", "encode", "set", "-o", "mask", .. kohya]).Expect(0);
        Assert.All(NumpyArchive.Read(place.File("mask/opaque_0048x0048_flux.npz"))["alpha_mask_6x6"].ToSingles(), v => Assert.Equal(1, v));
        place.Latent("dataset", "verify", "set", "-o", "mask", "--deep", "--sample", "2").Expect(0);
    }

    [Fact]
    public void Enlarging_with_alpha_is_pillows_on_multiplied_colours()
    {
        // A white pixel beside one that is transparent black: what is between is white, only less of it.
        var pixels = new Pixels([255, 0, 255, 0, 255, 0], new Extent(2, 1));
        var placement = new Placement(pixels.Size, new Extent(4, 2), 0, 0, new Extent(4, 2), ResampleFilter.Lanczos);
        (Pixels colours, byte[] opacity) = pixels.PlacedWith([255, 0], placement);
        for (int i = 0; i < opacity.Length; i++)
            if (opacity[i] > 8) Assert.InRange(colours.Levels[i], (byte)250, (byte)255);
        Assert.Equal(0, opacity[3]);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(1000)]
    public void Sorting_in_little_memory_is_sorting(int count)
    {
        var random = new Random(count);
        using var sort = new KeyedSort<int>(inMemory: 64);
        var all = new List<(UInt128 Key, int Value)>();
        for (int i = 0; i < count; i++)
        {
            all.Add(((UInt128)random.Next(count / 2), i));
            sort.Add(all[^1].Key, i);
        }
        (UInt128 Key, int Value)[] sorted = [.. sort.Ordered()];
        Assert.Equal(all.Select(a => a.Key).Order(), sorted.Select(s => s.Key));
        Assert.Equal(all.OrderBy(a => a.Key).ThenBy(a => a.Value), sorted.OrderBy(s => s.Key).ThenBy(s => s.Value));
    }
}
