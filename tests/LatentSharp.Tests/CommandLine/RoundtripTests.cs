using System.Text.Json;
using LatentSharp.Latents;
using LatentSharp.Quality.Metrics;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.CommandLine;

/// <summary>The main job from outside: a photograph to a latent and back with the embedded autoencoder.</summary>
[Collection(CommandsCollection.Name)]
public sealed class RoundtripTests : IDisposable
{
    private const string Photo = "kitten ü.png";

    private readonly Workplace place = new();

    public RoundtripTests() => File.Copy(Repository.Path("assets/photos/fur-kitten.png"), place.File(Photo));

    public void Dispose() => place.Dispose();

    [Fact]
    public void Roundtrip_writes_four_pictures_and_figures_that_agree_with_them()
    {
        JsonElement result = place.Latent("roundtrip", Photo, "-o", "results", "--json").Expect(0).Json;
        Assert.Equal("embedded", result.GetProperty("autoencoder").GetProperty("name").GetString());
        result = result.GetProperty("results")[0];
        string[] files = [.. result.GetProperty("files").EnumerateObject().Select(f => f.Value.GetString()!)];
        Assert.Equal(5, files.Length);
        Assert.Equal(files.Append(Photo).Order(StringComparer.Ordinal), place.Files);

        ImageTensor original = PictureFile.Load(place.File(Photo)).Image;
        ImageTensor decoded = PictureFile.Load(place.File(result.GetProperty("files").GetProperty("reconstruction").GetString()!)).Image;
        double psnr = Psnr.Rgb(PicturePlanes.Of(original), PicturePlanes.Of(decoded)), said = result.GetProperty("psnr").GetDouble();
        // The printed figure is of the unrounded picture; rounding to bytes costs less than 0.05 dB at this error.
        Assert.Equal(psnr, said, 0.05);
        // models/README: 20.6 to 30.4 dB on the evaluation photographs, of which this is one.
        Assert.InRange(said, 20.6, 30.4);
    }

    [Fact]
    public void Encode_then_decode_keeps_the_size_and_gives_what_roundtrip_gives()
    {
        var odd = PictureFile.Load(place.File(Photo)).Image;
        PictureFile.Save(place.File("odd.png"), Crop(odd, 101, 77));
        JsonElement encoded = place.Latent("encode", "odd.png", "--json").Expect(0).Json.GetProperty("results")[0];
        Assert.Equal("odd.latent.safetensors", encoded.GetProperty("output").GetString());
        Assert.Equal([1, 16, 10, 13], encoded.GetProperty("latent").EnumerateArray().Select(v => v.GetInt32()));
        JsonElement decoded = place.Latent("decode", "odd.latent.safetensors", "--json").Expect(0).Json.GetProperty("results")[0];
        Assert.Equal("odd.decoded.png", decoded.GetProperty("outputs")[0].GetString());
        PictureInfo info = PictureFile.Inspect(place.File("odd.decoded.png"));
        Assert.Equal((101, 77), (info.Width, info.Height));

        place.Latent("roundtrip", "odd.png", "-o", "rt").Expect(0);
        Assert.Equal(PictureFile.Load(place.File("rt/odd-reconstruction.png")).Image.Values, PictureFile.Load(place.File("odd.decoded.png")).Image.Values);
    }

    [Fact]
    public void Several_inputs_go_to_a_folder_and_say_where_they_come_from()
    {
        PictureFile.Save(place.File("small.png"), Crop(PictureFile.Load(place.File(Photo)).Image, 64, 64));
        File.Copy(place.File("small.png"), place.File("other.png"));
        Workplace.Outcome outcome = place.Latent("encode", "small.png", "other.png", "-o", "latents", "--posterior", "--sample", "7")
            .Expect(0);
        Assert.Contains("embedded", outcome.Output, StringComparison.Ordinal);
        foreach (string name in (string[])["small", "other"])
        {
            Latent latent = LatentFile.Load(place.File($"latents/{name}.latent.safetensors"));
            Assert.NotNull(latent.LogVariance);
            Assert.Equal((LatentSpace.Flux1, (64, 64)), (latent.Space, latent.PictureSize!.Value));
            Assert.Equal((name + ".png", "embedded"),
                (latent.Provenance[LatentProvenance.Picture], latent.Provenance[LatentProvenance.Autoencoder]));
            Assert.Equal(64, latent.Provenance[LatentProvenance.PictureDigest].Length);
        }
    }

    [Fact]
    public void Raw_images_are_written_unclamped_and_read_back()
    {
        var image = new ImageTensor(2, 16, 24);
        for (int i = 0; i < image.Values.Length; i++) image.Values[i] = MathF.Sin(i);
        TensorImageFile.Save(place.File("batch.safetensors"), image);
        place.Latent("encode", "batch.safetensors", "-o", "z.safetensors").Expect(0);
        Assert.Equal(2, LatentFile.Load(place.File("z.safetensors")).Batch);
        place.Latent("decode", "z.safetensors", "-o", "raw.safetensors").Expect(0);
        ImageTensor raw = TensorImageFile.Load(place.File("raw.safetensors"));
        Assert.Equal((2, 16, 24), (raw.Batch, raw.Height, raw.Width));
        string[] pictures = [.. place.Latent("decode", "z.safetensors", "-o", "p.png", "--json").Expect(0).Json.GetProperty("results")[0]
            .GetProperty("outputs").EnumerateArray().Select(o => o.GetString()!)];
        Assert.Equal(["p-1.png", "p-2.png"], pictures);
    }

    [Fact]
    public void A_latent_of_another_space_is_refused_unless_asked_for()
    {
        LatentFile.Save(place.File("sd3.safetensors"), new Latent(LatentSpace.Sd3, new float[16 * 4], 1, 2, 2));
        Workplace.Outcome refused = place.Latent("decode", "sd3.safetensors", "--json").Expect(5);
        Assert.Equal("mismatch", refused.Json.GetProperty("error").GetProperty("kind").GetString());
        Assert.Contains("Stable Diffusion 3", refused.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("sd3.decoded.png", place.Files);
        JsonElement forced = place.Latent("decode", "sd3.safetensors", "--ignore-space", "--json").Expect(0).Json.GetProperty("results")[0];
        Assert.True(forced.GetProperty("space_ignored").GetBoolean());
        Assert.NotEmpty(forced.GetProperty("notes").EnumerateArray());
    }

    [Fact]
    public void Nan_in_a_latent_is_named_and_nothing_is_written()
    {
        var values = new float[16 * 4];
        values[5] = float.NaN;
        SafetensorsWriter.Write(place.File("nan.safetensors"), [SafetensorsEntry.Of("latent", values, 1, 16, 2, 2)]);
        Workplace.Outcome outcome = place.Latent("decode", "nan.safetensors").Expect(3);
        Assert.Contains("NaN", outcome.Error, StringComparison.Ordinal);
        Assert.Equal([Photo, "nan.safetensors"], place.Files);
    }

    [Fact]
    public void Quiet_prints_nothing()
    {
        PictureFile.Save(place.File("small.png"), Photographs.Middle(Repository.Path("assets/photos/fur-kitten.png"), 64));
        Workplace.Outcome outcome = place.LatentProcess("roundtrip", "small.png", "--quiet").Expect(0);
        Assert.Equal(("", ""), (outcome.Output, outcome.Error));
    }

    private static ImageTensor Crop(ImageTensor image, int width, int height)
    {
        var part = new ImageTensor(1, height, width);
        for (int c = 0; c < ImageTensor.Channels; c++)
            for (int y = 0; y < height; y++) image.Plane(0, c).Slice(y * image.Width, width).CopyTo(part.Plane(0, c)[(y * width)..]);
        return part;
    }
}
