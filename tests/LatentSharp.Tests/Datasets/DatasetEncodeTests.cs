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

/// <summary><c>latent dataset encode</c>: what is made, what is done again, what a failure costs, what is never mixed.</summary>
[Collection(CommandsCollection.Name)]
public sealed class DatasetEncodeTests : IDisposable
{
    // Small buckets, so that a picture takes milliseconds.
    private static readonly string[] Kohya = ["--format", "kohya", "--resolution", "64", "--min-bucket", "32", "--max-bucket", "128", "--bucket-step", "16"];

    private readonly Workplace place = new();

    public DatasetEncodeTests()
    {
        Directory.CreateDirectory(place.File("set/cats"));
        Save("set/one.png", 100, 75, 1);
        Save("set/two.png", 64, 64, 2);
        Pad(place.File("set/two.png"), new FileInfo(place.File("set/two.png")).Length + 256);
        Save("set/cats/three.webp", 48, 96, 3);
        File.WriteAllText(place.File("set/one.txt"), "a caption");
    }

    public void Dispose() => place.Dispose();

    [Fact]
    public void Kohyas_files_lie_beside_the_pictures_and_hold_what_the_autoencoder_gives()
    {
        JsonElement result = place.Latent(["dataset", "encode", "set", "-o", "set", .. Kohya, "--json"]).Expect(0).Json;
        Assert.Equal((3, 3, 0), Counts(result));
        string[] files = ["set/cats/three_0048x0096_flux.npz", "set/one_0100x0075_flux.npz", "set/two_0064x0064_flux.npz"];
        Assert.Equal(files, place.Files.Where(f => f.EndsWith(".npz", StringComparison.Ordinal)).Select(f => f.Replace('\\', '/')));
        Assert.True(File.Exists(place.File("set/one.txt")));

        var rule = new KohyaBuckets(new Extent(64, 64), 32, 128, 16, false);
        Placement placement = rule.Place(new Extent(100, 75));
        Dictionary<string, NumpyArray> arrays = NumpyArchive.Read(place.File("set/one_0100x0075_flux.npz"));
        Autoencoder embedded = EmbeddedAutoencoder.Shared;
        ImageTensor placed = Pixels.Of(PictureFile.Load(place.File("set/one.png")).Image).Placed(placement).ToImage();
        Latent expected = embedded.Encode(placed);
        string size = $"_{expected.Height}x{expected.Width}";
        Assert.Equal(["latents" + size, "original_size" + size, "crop_ltrb" + size], arrays.Keys);
        Assert.Equal(expected.Values, arrays["latents" + size].ToSingles());
        Assert.Equal([100, 75], arrays["original_size" + size].ToSingles());
        Assert.Equal(placement.CropRectangle().Select(v => (float)v), arrays["crop_ltrb" + size].ToSingles());

        // Beside the pictures lies nothing else than what is known about the files.
        Assert.All(place.Files.Where(f => f.StartsWith("set/.", StringComparison.Ordinal)),
            f => Assert.StartsWith("set/.latent-dataset/", f, StringComparison.Ordinal));
        Assert.DoesNotContain(place.Files, f => f.EndsWith(".tmp", StringComparison.Ordinal) || f.EndsWith(".journal", StringComparison.Ordinal));
    }

    [Fact]
    public void What_is_there_is_left_by_content_and_every_change_is_noticed()
    {
        string[] encode = ["dataset", "encode", "set", "-o", "out", .. Kohya, "--json"];
        place.Latent(encode).Expect(0);
        Assert.Equal((3, 0, 0), Counts(place.Latent(encode).Expect(0).Json));
        // What was said once need not be said again.
        Assert.Equal((3, 0, 0), Counts(place.Latent("dataset", "encode", "set", "-o", "out", "--json").Expect(0).Json));

        // Another time alone is no change; another pixel is one, although size, time and length of the file are the same.
        File.SetLastWriteTimeUtc(place.File("set/one.png"), DateTime.UtcNow.AddDays(1));
        Assert.Equal((3, 0, 0), Counts(place.Latent(encode).Expect(0).Json));
        DateTime time = File.GetLastWriteTimeUtc(place.File("set/two.png"));
        long length = EditOnePixel("set/two.png");
        File.SetLastWriteTimeUtc(place.File("set/two.png"), time);
        Assert.Equal(length, new FileInfo(place.File("set/two.png")).Length);
        Assert.Equal((3, 1, 0), Counts(place.Latent(encode).Expect(0).Json));

        // A replaced picture of another size has a file of another name, and the old one does not stay behind.
        Save("set/one.png", 75, 100, 1);
        Assert.Equal((3, 1, 0), Counts(place.Latent(encode).Expect(0).Json));
        Assert.False(File.Exists(place.File("out/one_0100x0075_flux.npz")));
        Assert.True(File.Exists(place.File("out/one_0075x0100_flux.npz")));

        // A renamed picture is a new one; a file that is gone or cut off is made again.
        File.Move(place.File("set/two.png"), place.File("set/second.png"));
        Assert.Equal((3, 1, 0), Counts(place.Latent(encode).Expect(0).Json));
        File.Delete(place.File("out/second_0064x0064_flux.npz"));
        using (FileStream cut = File.OpenWrite(place.File("out/one_0075x0100_flux.npz"))) cut.SetLength(100);
        Assert.Equal((3, 2, 0), Counts(place.Latent(encode).Expect(0).Json));
        Assert.Equal((3, 3, 0), Counts(place.Latent([.. encode, "--again"]).Expect(0).Json));
    }

    [Fact]
    public void Another_autoencoder_or_rule_is_never_mixed_in()
    {
        place.Latent(["dataset", "encode", "set", "-o", "out", .. Kohya]).Expect(0);
        byte[] before = File.ReadAllBytes(place.File("out/one_0100x0075_flux.npz"));
        foreach ((string[] other, string said) in ((string[], string)[])[(["--resolution", "96"], "rule"), (["--format", "ai-toolkit"], "format"),
            (["--sample", "7"], "values: mean there, sample 7"), (["--flip"], "mirrored pictures")])
        {
            Workplace.Outcome refused = place.Latent(["dataset", "encode", "set", "-o", "out", .. other]).Expect(5);
            Assert.Contains(said, refused.Error, StringComparison.Ordinal);
            Assert.Contains("out-2", refused.Error, StringComparison.Ordinal);
        }
        // The same shapes, other weights: the embedded autoencoder with a first layer that is a little stronger.
        SaveOtherAutoencoder("other.safetensors");
        Workplace.Outcome swapped = place.Latent("dataset", "encode", "set", "-o", "out", "--ae", "other.safetensors").Expect(5);
        Assert.Contains("autoencoder", swapped.Error, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(place.File("out/one_0100x0075_flux.npz")));
        string[] apart = ["dataset", "encode", "set", "-o", "out-2", .. Kohya, "--ae", "other.safetensors", "--json"];
        Assert.Equal((3, 3, 0), Counts(place.Latent(apart).Expect(0).Json));
        Assert.NotEqual(before, File.ReadAllBytes(place.File("out-2/one_0100x0075_flux.npz")));
    }

    [Fact]
    public void What_cannot_be_encoded_is_listed_written_down_and_tried_again_when_it_changes()
    {
        File.WriteAllText(place.File("set/broken.png"), "no picture");
        File.WriteAllBytes(place.File("set/empty.jpg"), []);
        File.Copy(place.File("set/two.png"), place.File("set/two.jpg"));
        string[] encode = ["dataset", "encode", "set", "-o", "out", .. Kohya, "--json"];
        Workplace.Outcome first = place.Latent(encode).Expect(3);
        Assert.Equal((6, 2, 4), Counts(first.Json));        // two.png and two.jpg would share a file
        Assert.Equal(["broken.png", "empty.jpg", "two.jpg", "two.png"],
            first.Json.GetProperty("failed").EnumerateArray().Select(f => f.GetProperty("input").GetString()).Order(StringComparer.Ordinal));
        Assert.Contains("2 of 6 encoded; 4 failed", first.Error, StringComparison.Ordinal);

        Save("set/broken.png", 64, 64, 9);
        File.Delete(place.File("set/two.jpg"));
        JsonElement again = place.Latent(encode).Expect(3).Json;
        Assert.Equal((5, 1, 2), Counts(again));     // two.png has not changed
        Assert.Equal((5, 1, 1), Counts(place.Latent([.. encode, "--retry-failed"]).Expect(3).Json));
    }

    [Fact]
    public void Ai_toolkits_files_are_named_by_its_rule_and_turned_pictures_stand_upright_there_only()
    {
        // Orientation 6: stored lying, 96 x 48; shown standing, 48 x 96.
        Directory.CreateDirectory(place.File("turned"));
        File.WriteAllBytes(place.File("turned/p.jpg"), Turned(96, 48, 6));
        JsonElement upright = place.Latent("dataset", "encode", "turned", "-o", "a", "--format", "ai-toolkit", "--resolution", "64", "--flip", "--json")
            .Expect(0).Json.GetProperty("results")[0];
        JsonElement size = upright.GetProperty("picture");
        Assert.Equal((48, 96), (size.GetProperty("width").GetInt32(), size.GetProperty("height").GetInt32()));
        string[] outputs = [.. upright.GetProperty("outputs").EnumerateArray().Select(o => o.GetString()!)];
        Assert.Equal(2, outputs.Length);
        // FLUX.1's divisor is 32: of 32 x 64, 32 x 96 and 64 x 64 the last has the area of 64 x 64, and 64 x 128 covers it.
        var placement = new Placement(new Extent(48, 96), new Extent(64, 128), 0, 32, new Extent(64, 64), ResampleFilter.Bicubic);
        Assert.Equal(AiToolkitFormat.FileName("p.jpg", AiToolkitFormat.Facts("p.jpg", placement, "flux1", false)), outputs[0]);
        PictureLatent read = new AiToolkitFormat().Read("p.jpg", placement, [.. outputs.Select(o => place.File("a/" + o))],
            new FormatOptions(LatentSpace.Flux1, null, LatentSharp.Tensors.ElementType.BF16));
        Assert.NotEqual(read.Latent.Values, read.Mirrored!.Values);

        place.Latent(["dataset", "encode", "turned", "-o", "k", .. Kohya]).Expect(0);
        Assert.True(File.Exists(place.File("k/p_0096x0048_flux.npz")), "kohya takes pictures as they are stored");
    }

    [Fact]
    public void Own_files_keep_whole_pictures_and_decode()
    {
        place.Latent("dataset", "encode", "set", "-o", "own", "--dtype", "f32", "--posterior").Expect(0);
        Latent latent = LatentFile.Load(place.File("own/one.png.latent.safetensors"));
        Assert.Equal((75, 100), latent.PictureSize);
        Autoencoder embedded = EmbeddedAutoencoder.Shared;
        Assert.Equal(embedded.Encode(PictureFile.Load(place.File("set/one.png")).Image).Values, latent.Values);
        place.Latent("decode", "own/one.png.latent.safetensors").Expect(0);
    }

    [Fact]
    public void Mistakes_are_named_with_what_may_have_been_meant()
    {
        foreach ((string[] options, string said) in ((string[], string)[])[(["--format", "khoya"], "Did you mean kohya?"),
            (["--format", "kohya", "--buckets", "none"], "buckets only"), (["--buckets", "fixed", "--resolution", "60"], "multiples of 8"),
            (["--shard", "16/16"], "0/16"), (["--format", "kohya", "--dtype", "bf16"], "F32")])
            Assert.Contains(said, place.Latent(["dataset", "encode", "set", "-o", "x", .. options]).Expect(2).Error, StringComparison.Ordinal);
        place.Latent("dataset", "encode", "nowhere", "-o", "x").Expect(4);
        Directory.CreateDirectory(place.File("bare"));
        place.Latent("dataset", "encode", "bare", "-o", "x").Expect(6);
        Assert.False(Directory.Exists(place.File("x")), "nothing is made before the request makes sense");
    }

    private void Save(string name, int width, int height, int seed)
        => PictureFile.Save(place.File(name), Pictures.Scene(height, width, seed));

    // A part of one pixel's colour. What follows the end of a PNG counts for nothing, so both versions can be equally long.
    private long EditOnePixel(string name)
    {
        string path = place.File(name);
        long length = new FileInfo(path).Length;
        ImageTensor image = PictureFile.Load(path).Image;
        image.Plane(0, 1)[7] = -image.Plane(0, 1)[7];
        PictureFile.Save(path, image);
        Pad(path, length);
        return length;
    }

    private static void Pad(string path, long length)
    {
        using FileStream file = File.OpenWrite(path);
        Assert.True(file.Length <= length, $"{path} has {file.Length} bytes");
        file.SetLength(length);
    }

    private static byte[] Turned(int width, int height, int orientation)
    {
        using NetVips.Image tagged = SamplePictures.VipsRgb(width, height).Mutate(m => m.Set(NetVips.GValue.GIntType, "orientation", orientation));
        return tagged.JpegsaveBuffer();
    }

    private void SaveOtherAutoencoder(string name)
    {
        Autoencoder embedded = EmbeddedAutoencoder.Shared;
        var weights = new MemoryWeights("other");
        foreach ((string tensor, TensorInfo info) in embedded.Weights.Tensors)
        {
            float[] values = embedded.Weights.Read(info);
            if (tensor == "encoder.conv_in.weight") values[0] *= 1.01f;
            weights.Add(tensor, values, info.Shape.Dimensions.AsSpan());
        }
        SafetensorsWriter.Write(place.File(name), weights.Tensors.Values.Select(t => SafetensorsEntry.Copy(weights, t, t.Name, t.Shape)),
            embedded.IdentifyingMetadata);
    }

    private static (int Total, int Done, int Failed) Counts(JsonElement result)
    {
        JsonElement batch = result.GetProperty("batch");
        return (batch.GetProperty("total").GetInt32(), batch.GetProperty("done").GetInt32(), batch.GetProperty("failed").GetInt32());
    }
}
