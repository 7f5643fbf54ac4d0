using LatentSharp.Datasets.Formats;
using LatentSharp.Latents;
using LatentSharp.Tests.Imaging;
using LatentSharp.Weights.Files;
using LatentSharp.Weights.Files.Numpy;

namespace LatentSharp.Tests.Latents.OtherPrograms;

/// <summary>
/// Latents as trainers and scripts keep them, read as latents: which space, and whether scale and shift had been applied. The files of
/// <c>golden/dataset</c> were written by numpy and safetensors; sd-scripts' own code (48d368f) read its own back. The rules of musubi-tuner
/// (30c658c) and ai-toolkit (27a03a9) are read from their sources.
/// </summary>
public sealed class TrainerLatentTests
{
    // The first value stored in every sample, by the formula of golden/dataset/README.md, and how it has to come out.
    public static TheoryData<string, string, bool, bool> Caches => new()
    {
        { "kohya/photo_0100x0075_flux.npz", "flux1", true, false }, { "kohya/photo_0100x0075_sd.npz", "sd1", true, true },
        { "kohya/both_0100x0075_sdxl.npz", "sdxl", true, true }, { "kohya/photo_0100x0075_sd3.npz", "sd3", true, true },
        { "kohya/photo_0100x0075_anima.npz", "wan21", true, false }, { "kohya/photo_0100x0075_hi.npz", "hunyuan-image-2.1", true, true },
        { "kohya/deflated_0100x0075_flux.npz", "flux1", true, false }, { "kohya/plain_0100x0075_flux.npz", "flux1", true, false },
        { "musubi/photo_0100x0075_zi.safetensors", "flux1", true, true }, { "musubi/photo_0100x0075_fk.safetensors", "flux1", true, false },
        { "musubi/photo_0100x0075_qi.safetensors", "wan21", true, false }, { "musubi/photo_0100x0075_f2k4b.safetensors", "flux2", true, false },
        { "ai-toolkit/_latent_cache/photo_sfIubkVvkciV15jsNzsJag.safetensors", "flux1", true, false },
    };

    [Theory]
    [MemberData(nameof(Caches))]
    public void A_cache_is_read_in_its_space_with_scale_and_shift(string name, string space, bool stated, bool unscaled)
    {
        string path = Shared.Path("golden/dataset/" + name);
        LatentFileContent content = LatentFile.Read(path);
        Assert.Equal((space, stated), (content.Latent.Space.Id, content.SpaceIsStated));
        using WeightFile file = WeightFiles.Open(path);
        float[] stored = file.Read(file.Tensors[content.TensorName]), expected = stored;
        LatentSpace by = content.Latent.Space;
        int plane = content.Latent.Height * content.Latent.Width;
        if (unscaled) expected = [.. stored.Select((v, i) => (v - by.ShiftOf(i / plane)) * by.ScaleOf(i / plane))];
        Assert.Equal(expected, content.Latent.Values);
        Assert.Equal(unscaled, content.Notes.Any(n => n.Contains("without the scale and shift", StringComparison.Ordinal)));
        // Nobody asked for another space can have it.
        LatentSpace other = LatentSpace.Known.First(s => s != by && s.Channels != by.Channels);
        Assert.Equal(space, LatentFile.Read(path, new LatentFileOptions { Space = other }).Latent.Space.Id);
    }

    [Fact]
    public void Of_several_sizes_the_largest_is_read_and_the_other_named()
    {
        LatentFileContent content = LatentFile.Read(Shared.Path("golden/dataset/kohya/two-sizes_0100x0075_flux.npz"));
        Assert.Equal((12, 8), (content.Latent.Height, content.Latent.Width));
        Assert.Contains("latents_8x8 was not", Assert.Single(content.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void A_renamed_cache_and_bare_arrays_go_by_their_values()
    {
        Latent z = EmbeddedAutoencoder.Shared.Encode(Photographs.Middle(Repository.Path("assets/photos/fur-kitten.png"), 256));
        float[] m = new float[z.Values.Length];
        z.Space.ToModel(z.Values, m, z.Height, z.Width);
        using var folder = new TemporaryFolder();
        foreach ((string name, float[] values) in ((string, float[])[])[("scaled", z.Values), ("unscaled", m)])
        {
            NumpyArray array = NumpyArray.Of(values, 16, 32, 32);
            using (FileStream stream = File.Create(folder[name + ".npz"])) NumpyArchive.Write(stream, [("latents_32x32", array)]);
            File.WriteAllBytes(folder[name + ".npy"], array.ToFile());
            SafetensorsWriter.Write(folder[name + ".safetensors"], [SafetensorsEntry.Of("latents", values, 1, 16, 32, 32)]);
            foreach (string extension in (string[])[".npz", ".npy", ".safetensors"])
            {
                LatentFileContent content = LatentFile.Read(folder[name + extension]);
                Assert.Equal(("flux1", false), (content.Latent.Space.Id, content.SpaceIsStated));
                AssertNear(z.Values, content.Latent.Values);
                Assert.Equal(name == "unscaled", content.Notes.Any(n => n.Contains("had not been applied", StringComparison.Ordinal)));
            }
        }
    }

    [Theory]
    [InlineData(true, "log-variance")]
    [InlineData(false, "standard deviation")]
    public void A_whole_posterior_is_its_mean(bool logarithms, string word)
    {
        Latent z = EmbeddedAutoencoder.Shared.Encode(Photographs.Middle(Repository.Path("assets/photos/fur-kitten.png"), 256));
        // A quarter of its channels, as Stable Diffusion has.
        float[] mean = z.Values[..(4 * 1024)], rest = [.. mean.Select((_, i) => logarithms ? -12f - i % 3 : 0.002f + 0.001f * (i % 3))];
        using var folder = new TemporaryFolder();
        foreach (string key in (string[])["latent", "latents"])
        {
            SafetensorsWriter.Write(folder["a"], [SafetensorsEntry.Of(key, mean.Concat(rest).ToArray(), 8, 32, 32)]);
            LatentFileContent content = LatentFile.Read(folder["a"], new LatentFileOptions { Space = LatentSpace.Sd1 });
            AssertNear([.. mean.Select(v => v * 0.18215f)], content.Latent.Values);
            AssertNear([.. rest.Select(v => logarithms ? v : 2 * MathF.Log(v))], content.Latent.LogVariance!);
            Assert.Contains(content.Notes, n => n.Contains(word, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void What_is_no_latent_stays_none()
    {
        using var folder = new TemporaryFolder();
        foreach ((string key, long[] shape) in ((string, long[])[])[("conv_in.weight", [4, 4, 3, 3]), ("z", [4, 8, 8]), ("latents", [77, 768]),
            ("latents_flipped_8x8", [16, 8, 8])])
        {
            SafetensorsWriter.Write(folder["a"], [SafetensorsEntry.Of(key, new float[shape.Aggregate(1L, (a, b) => a * b)], shape)]);
            using SafetensorsFile file = SafetensorsFile.Open(folder["a"]);
            Assert.Equal(LatentFileKind.None, LatentFile.KindOf(file));
        }
        // A video, and a name that contradicts the channels.
        SafetensorsWriter.Write(folder["v"], [SafetensorsEntry.Of("latents_3x8x8_float32", new float[16 * 3 * 64], 16, 3, 8, 8)],
            new Dictionary<string, string> { ["architecture"] = "qwen_image" });
        Assert.Contains("latent of a video", Assert.Throws<LatentSharpException>(() => LatentFile.Read(folder["v"])).Message, StringComparison.Ordinal);
        SafetensorsWriter.Write(folder["c"], [SafetensorsEntry.Of("latents_1x8x8_float32", new float[4 * 64], 4, 8, 8)],
            new Dictionary<string, string> { ["architecture"] = "z_image" });
        Assert.Contains("have 16 channels", Assert.Throws<LatentSharpException>(() => LatentFile.Read(folder["c"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Thirty_two_channels_of_FLUX2_are_packed_and_others_are_not_taken_for_them()
    {
        Shared.Require("models/tiny");
        using Autoencoder flux2 = Autoencoder.Open(Shared.Path("models/tiny/taef2_encoder.pth"));
        Latent z = flux2.Encode(Photographs.Middle(Repository.Path("assets/photos/fur-kitten.png"), 256));
        using var folder = new TemporaryFolder();
        foreach (bool normalised in (bool[])[true, false])
        {
            var unpacked = new float[z.Values.Length];
            (normalised ? LatentSpace.Flux2.AlreadyScaled() : LatentSpace.Flux2).ToModel(z.Values, unpacked, z.Height, z.Width);
            SafetensorsWriter.Write(folder["a"], [SafetensorsEntry.Of("latent", unpacked, 1, 32, 32, 32)]);
            LatentFileContent content = LatentFile.Read(folder["a"]);
            Assert.Equal(LatentSpace.Flux2, content.Latent.Space);
            AssertNear(z.Values, content.Latent.Values);
        }
        var noise = new float[z.Values.Length];
        GaussianNoise.Fill(noise, 7);
        SafetensorsWriter.Write(folder["n"], [SafetensorsEntry.Of("latent", noise, 1, 32, 32, 32)]);
        LatentFileContent other = LatentFile.Read(folder["n"]);
        Assert.Equal(LatentSpace.Sana, other.Latent.Space);
        Assert.Contains(other.Notes, n => n.Contains("FLUX.2", StringComparison.Ordinal));
        Assert.Contains("or of FLUX.2", Assert.Throws<LatentSharpException>(
            () => LatentFile.Read(folder["n"], new LatentFileOptions { Space = LatentSpace.Flux1 })).Message, StringComparison.Ordinal);
    }

    private static void AssertNear(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++) Assert.True(Math.Abs(expected[i] - actual[i]) < 1e-4f, $"{actual[i]} for {expected[i]} at {i}");
    }
}
