using LatentSharp.Latents;
using LatentSharp.Tensors;
using LatentSharp.Tests.Imaging;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.Latents;

public sealed class LatentFileTests
{
    private static readonly string Digest = new('a', 64);

    [Fact]
    public void A_saved_latent_comes_back_whole_and_saves_to_the_same_bytes()
    {
        using var folder = new TemporaryFolder();
        Latent latent = Sample(LatentSpace.Flux1, 2, 5, 7, keepPosterior: true);
        LatentFile.Save(folder["a.safetensors"], latent);
        LatentFileContent content = LatentFile.Read(folder["a.safetensors"]);
        Assert.Equal((LatentFileKind.LatentSharp, true), (content.Kind, content.SpaceIsStated));
        Assert.Empty(content.Notes);
        Assert.Same(LatentSpace.Flux1, content.Latent.Space);
        Assert.Equal((2, 16, 5, 7), (content.Latent.Batch, content.Latent.Channels, content.Latent.Height, content.Latent.Width));
        Assert.Equal(latent.Values, content.Latent.Values);
        Assert.Equal(latent.LogVariance, content.Latent.LogVariance);
        Assert.Equal((39, 50), content.Latent.PictureSize);
        Assert.Equal(Digest, content.Latent.Provenance[LatentProvenance.AutoencoderDigest]);
        Assert.StartsWith("LatentSharp ", content.Latent.Provenance[LatentProvenance.Tool]);
        LatentFile.Save(folder["b.safetensors"], content.Latent);
        Assert.Equal(File.ReadAllBytes(folder["a.safetensors"]), File.ReadAllBytes(folder["b.safetensors"]));
        Assert.Equal(2, Directory.GetFiles(folder.Root).Length);
    }

    [Fact]
    public void The_file_is_what_other_programs_can_read()
    {
        using var folder = new TemporaryFolder();
        LatentFile.Save(folder["a"], Sample(LatentSpace.Sd3, 1, 4, 6, keepPosterior: false));
        using SafetensorsFile file = SafetensorsFile.Open(folder["a"]);
        TensorInfo tensor = Assert.Single(file.Tensors.Values);
        Assert.Equal(("latent", ElementType.F32, "[1, 16, 4, 6]"), (tensor.Name, tensor.Type, tensor.Shape.ToString()));
        Assert.Equal(("1", "sd3", "Stable Diffusion 3", "8", "1.5305", "0.0609", "mean"),
            (file.Metadata["latentsharp.latent"], file.Metadata["space.id"], file.Metadata["space.title"], file.Metadata["space.factor"],
                file.Metadata["space.scale"], file.Metadata["space.shift"], file.Metadata["posterior"]));
    }

    [Fact]
    public void The_posterior_kept_is_named()
    {
        using var folder = new TemporaryFolder();
        foreach ((bool keep, bool seed, string expected) in new[] { (false, false, "mean"), (true, false, "mean+logvar"),
            (false, true, "sample"), (true, true, "sample+logvar") })
        {
            Latent latent = Sample(LatentSpace.Sd1, 1, 3, 3, keep);
            if (seed)
                latent = new Latent(latent.Space, latent.Values, 1, 3, 3)
                {
                    LogVariance = latent.LogVariance,
                    Provenance = new Dictionary<string, string> { [LatentProvenance.Seed] = "42" }
                };
            LatentFile.Save(folder["a"], latent);
            using SafetensorsFile file = SafetensorsFile.Open(folder["a"]);
            Assert.Equal(expected, file.Metadata["posterior"]);
        }
    }

    [Fact]
    public void A_space_of_its_own_travels_with_its_numbers()
    {
        using var folder = new TemporaryFolder();
        var space = new LatentSpace("mine", "My space", 3, 16, [0.1f, 1f / 3f, 7f], [-1e-7f, 0f, 3.25f]);
        LatentFile.Save(folder["a"], new Latent(space, [1, 2, 3, 4, 5, 6], 1, 1, 2));
        LatentSpace found = LatentFile.Load(folder["a"]).Space;
        Assert.Equal((space.Id, space.Title, space.Channels, space.Factor), (found.Id, found.Title, found.Channels, found.Factor));
        Assert.Equal(space.Scale.AsEnumerable(), found.Scale);
        Assert.Equal(space.Shift.AsEnumerable(), found.Shift);
    }

    [Fact]
    public void The_statistics_of_a_FLUX2_autoencoder_travel_with_its_latents()
    {
        using var folder = new TemporaryFolder();
        LatentSpace own = LatentSpace.Flux2.WithStatistics(Enumerable.Range(0, 128).Select(i => i * 0.01f).ToArray(),
            Enumerable.Range(0, 128).Select(i => 1 + i * 0.02f).ToArray());
        foreach (LatentSpace space in new[] { own, LatentSpace.Flux2 })
        {
            LatentFile.Save(folder["a"], new Latent(space, new float[128 * 6], 1, 2, 3));
            LatentSpace found = LatentFile.Load(folder["a"]).Space;
            Assert.Equal(space, found);
            Assert.Equal(("flux2", 128, 16, 2), (found.Id, found.Channels, found.Factor, found.Patch));
            Assert.Equal(space.Scale.AsEnumerable(), found.Scale);
            Assert.Equal(space.Shift.AsEnumerable(), found.Shift);
        }
    }

    [Theory]
    [InlineData("space.scale", "0", "does not make sense")]
    [InlineData("space.scale", "NaN", "does not make sense")]
    [InlineData("space.shift", "0.1,0.2", "does not make sense")]
    [InlineData("space.factor", "-8", "does not make sense")]
    [InlineData("space.patch", "3", "does not make sense")]
    [InlineData("space.patch", "2", "but not with that space's numbers")]
    [InlineData("latentsharp.latent", "2", "layout version 2")]
    [InlineData("picture.width", "9999", "9999 x 24 pixels")]
    [InlineData("picture.height", null, "lack \"picture.height\"")]
    [InlineData("space.id", null, "lack \"space.id\"")]
    public void Metadata_that_contradict_themselves_are_refused(string key, string? value, string says)
    {
        using var folder = new TemporaryFolder();
        LatentFile.Save(folder["a"], new Latent(LatentSpace.Flux1, new float[16 * 12], 1, 3, 4) { PictureSize = (24, 30) });
        Dictionary<string, string> metadata;
        using (SafetensorsFile file = SafetensorsFile.Open(folder["a"])) metadata = new(file.Metadata);
        if (value is null) metadata.Remove(key);
        else metadata[key] = value;
        SafetensorsWriter.Write(folder["b"], [SafetensorsEntry.Of("latent", new float[16 * 12], 1, 16, 3, 4)], metadata);
        var e = Assert.Throws<LatentSharpException>(() => LatentFile.Load(folder["b"]));
        Assert.Equal(ErrorKind.BadInput, e.Kind);
        Assert.Contains(says, e.Message);
        Assert.Contains(folder["b"], e.Message);
    }

    [Fact]
    public void Values_that_are_not_finite_are_counted_located_and_refused_or_noted()
    {
        using var folder = new TemporaryFolder();
        var values = new float[16 * 12];
        (values[12 * 3 + 4 * 1 + 2], values[150], values[151]) = (float.NaN, float.NegativeInfinity, float.NaN);
        LatentFile.Save(folder["a"], new Latent(LatentSpace.Flux1, values, 1, 3, 4));
        var e = Assert.Throws<LatentSharpException>(() => LatentFile.Load(folder["a"]));
        Assert.Contains("the tensor latent holds 2 NaN and 1 infinite values among 192, the first at [0, 3, 1, 2]", e.Message);
        LatentFileContent content = LatentFile.Read(folder["a"], new LatentFileOptions { AllowNonFinite = true });
        Assert.Contains("2 NaN and 1 infinite", Assert.Single(content.Notes));
    }

    [Fact]
    public void Plain_tensors_are_read_in_the_space_asked_for_or_guessed()
    {
        using var folder = new TemporaryFolder();
        SafetensorsWriter.Write(folder["a"],
            [SafetensorsEntry.Of("latent", Enumerable.Range(0, 192).Select(i => (float)i).ToArray(), 16, 3, 4)]);
        LatentFileContent guessed = LatentFile.Read(folder["a"]);
        Assert.Equal((LatentSpace.Flux1, LatentFileKind.Plain, false, 1),
            (guessed.Latent.Space, guessed.Kind, guessed.SpaceIsStated, guessed.Latent.Batch));
        Assert.Contains("FLUX.1 was assumed for 16 channels (it could also be Stable Diffusion 3 or Wan 2.1 and Qwen-Image or CogView4)",
            Assert.Single(guessed.Notes));
        LatentFileContent asked = LatentFile.Read(folder["a"], new LatentFileOptions { Space = LatentSpace.Sd3 });
        Assert.Equal((LatentSpace.Sd3, true), (asked.Latent.Space, asked.SpaceIsStated));
        Assert.Empty(asked.Notes);
        Assert.Equal(Enumerable.Range(0, 192).Select(i => (float)i), asked.Latent.Values);
        var e = Assert.Throws<LatentSharpException>(() => LatentFile.Load(folder["a"], new LatentFileOptions { Space = LatentSpace.Sdxl }));
        Assert.Equal(ErrorKind.Mismatch, e.Kind);
        Assert.Contains("16 channels; Stable Diffusion XL needs 4", e.Message);
    }

    [Theory]
    [InlineData("other", new long[] { 1, 16, 2, 2 }, "found 1 tensor (other)")]
    [InlineData("latent", new long[] { 16, 4 }, "shape [16, 4]")]
    [InlineData("latent", new long[] { 1, 16, 5, 2, 2 }, "the latent of a video, 5 frames")]
    [InlineData("latent", new long[] { 1, 16, 0, 2 }, "it holds nothing")]
    [InlineData("latent", new long[] { 1, 7, 2, 2 }, "16, 32, 48, 64, 128 channels are known")]
    public void Tensors_that_are_no_latents_are_refused(string name, long[] shape, string says)
    {
        using var folder = new TemporaryFolder();
        SafetensorsWriter.Write(folder["a"], [SafetensorsEntry.Of(name, new float[shape.Aggregate(1L, (a, b) => a * b)], shape)]);
        var e = Assert.Throws<LatentSharpException>(() => LatentFile.Load(folder["a"]));
        Assert.Equal(ErrorKind.BadInput, e.Kind);
        Assert.Contains(says, e.Message);
    }

    [Fact]
    public void Missing_files_are_not_found_and_pictures_are_not_latents()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(ErrorKind.NotFound, Assert.Throws<LatentSharpException>(() => LatentFile.Load(folder["none"])).Kind);
        File.WriteAllBytes(folder["a.png"], [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10, 0, 0, 0, 13]);
        Assert.Equal(ErrorKind.BadInput, Assert.Throws<LatentSharpException>(() => LatentFile.Load(folder["a.png"])).Kind);
    }

    [Fact]
    public void Raw_pictures_keep_every_bit()
    {
        using var folder = new TemporaryFolder();
        var image = new ImageTensor(2, 3, 5);
        for (int i = 0; i < image.Values.Length; i++) image.Values[i] = MathF.Sin(i) * 1.7f; // beyond [-1, 1] on purpose
        TensorImageFile.Save(folder["a"], image);
        ImageTensor back = TensorImageFile.Load(folder["a"]);
        Assert.Equal((2, 3, 5), (back.Batch, back.Height, back.Width));
        Assert.Equal(image.Values, back.Values);
        using SafetensorsFile file = SafetensorsFile.Open(folder["a"]);
        Assert.True(TensorImageFile.Is(file));
        Assert.Equal(LatentFileKind.None, LatentFile.KindOf(file));
    }

    [Fact]
    public void Raw_pictures_of_the_wrong_shape_or_with_NaN_are_refused()
    {
        using var folder = new TemporaryFolder();
        SafetensorsWriter.Write(folder["a"], [SafetensorsEntry.Of("image", new float[2 * 4 * 4], 1, 2, 4, 4)]);
        Assert.Contains("[N, 3, height, width], or 4 with the opacity, was expected",
            Assert.Throws<LatentSharpException>(() => TensorImageFile.Load(folder["a"])).Message);
        SafetensorsWriter.Write(folder["a"], [SafetensorsEntry.Of("image", Enumerable.Repeat(float.NaN, 12).ToArray(), 3, 2, 2)]);
        Assert.Contains("12 NaN", Assert.Throws<LatentSharpException>(() => TensorImageFile.Load(folder["a"])).Message);
        SafetensorsWriter.Write(folder["a"], [SafetensorsEntry.Of("picture", new float[12], 3, 2, 2)]);
        Assert.Contains("a tensor \"image\"", Assert.Throws<LatentSharpException>(() => TensorImageFile.Load(folder["a"])).Message);
    }

    private static Latent Sample(LatentSpace space, int batch, int height, int width, bool keepPosterior)
    {
        var random = new Random(3);
        float[] values = [.. Enumerable.Range(0, batch * space.Channels * height * width).Select(_ => (float)random.NextDouble() * 4 - 2)];
        return new Latent(space, values, batch, height, width)
        {
            LogVariance = keepPosterior ? [.. values.Select(v => v - 5)] : null,
            PictureSize = (height * 8 - 1, width * 8 - 6),
            Provenance = new Dictionary<string, string>
            {
                [LatentProvenance.AutoencoderDigest] = Digest,
                [LatentProvenance.Picture] = "ünïcödé \"name\".png"
            },
        };
    }
}
