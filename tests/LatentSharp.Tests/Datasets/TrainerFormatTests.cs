using System.Security.Cryptography;
using System.Text.Json;
using LatentSharp.Datasets.Formats;
using LatentSharp.Datasets.Preprocessing;
using LatentSharp.Tensors;
using LatentSharp.Tests.Imaging;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;
using LatentSharp.Weights.Files.Numpy;

namespace LatentSharp.Tests.Datasets;

/// <summary>The files of trainers, against the samples of <c>golden/dataset</c> (README there).</summary>
public sealed class TrainerFormatTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    // The picture of 100 x 75 in a bucket of 64 x 64, as kohya places it; ai-toolkit resizes it to 86 x 64.
    private static readonly Placement Square = new(new Extent(100, 75), new Extent(85, 64), 10, 0, new Extent(64, 64), ResampleFilter.Area);

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_digest_of_ai_toolkits_names_is_the_platforms()
    {
        byte[] bytes = [.. Enumerable.Range(0, 300).Select(i => (byte)(i * 7))];
#pragma warning disable CA5351 // compared, not relied upon
        for (int length = 0; length < bytes.Length; length++)
            Assert.Equal(MD5.HashData(bytes.AsSpan(0, length)), Md5.Of(bytes.AsSpan(0, length)));
#pragma warning restore CA5351
        // RFC 1321, A.5.
        Assert.Equal("900150983cd24fb0d6963f7d28e17f72", Convert.ToHexStringLower(Md5.Of("abc"u8)));
    }

    [Fact]
    public void Kohyas_flux_file_is_made_byte_for_byte_with_its_alpha_mask()
    {
        string path = Shared.Path("golden/dataset/kohya/photo_0100x0075_flux.npz");
        Dictionary<string, NumpyArray> golden = NumpyArchive.Read(path);
        var picture = new PictureLatent("photo.png", Square, Latent(LatentSpace.Flux1, golden["latents_8x8"]))
        {
            Mirrored = Latent(LatentSpace.Flux1, golden["latents_flipped_8x8"]), AlphaMask = golden["alpha_mask_8x8"].ToSingles(),
        };
        TrainerFile file = Assert.Single(new KohyaFormat().FilesOf(picture, new FormatOptions(LatentSpace.Flux1, null, ElementType.F32)));
        Assert.Equal("photo_0100x0075_flux.npz", file.Name);
        Assert.Equal(File.ReadAllBytes(path), Written(file));
    }

    [Theory]
    [InlineData("photo_0100x0075_sd3", "sd3", null, true)]
    [InlineData("photo_0100x0075_hi", "hunyuan-image-2.1", null, true)]
    [InlineData("photo_0100x0075_anima", "wan21", null, false)]
    [InlineData("both_0100x0075_sdxl", "sdxl", null, true)]
    [InlineData("plain_0100x0075_flux", "flux1", "flux", false)]
    public void Kohyas_samples_are_read_in_diffusion_space_and_written_as_they_were(string name, string spaceId, string? architecture,
        bool unscaled)
    {
        LatentSpace space = LatentSpace.Find(spaceId)!;
        string path = Shared.Path($"golden/dataset/kohya/{name}.npz");
        var options = new FormatOptions(space, architecture, ElementType.F32);
        PictureLatent read = new KohyaFormat().Read("photo.png", Square, [path], options);
        Dictionary<string, NumpyArray> golden = NumpyArchive.Read(path);
        float[] stored = golden.First(a => a.Key.StartsWith("latents_", StringComparison.Ordinal)).Value.ToSingles();
        // z = (m - shift) * scale for what the trainer scales itself, the values as they are otherwise.
        for (int i = 0; i < stored.Length; i++)
        {
            int channel = i / (read.Latent.Height * read.Latent.Width);
            double z = unscaled ? (stored[i] - space.ShiftOf(channel)) * (double)space.ScaleOf(channel) : stored[i];
            Assert.Equal(z, read.Latent.Values[i], 1e-6);
        }
        File.WriteAllBytes(folder["again.npz"], Written(new KohyaFormat().FilesOf(read, options)[0]));
        Dictionary<string, NumpyArray> again = NumpyArchive.Read(folder["again.npz"]);
        Assert.Equal(golden.Keys, again.Keys);
        foreach (string key in again.Keys)
        {
            float[] before = golden[key].ToSingles(), after = again[key].ToSingles();
            for (int i = 0; i < before.Length; i++) Assert.Equal(before[i], after[i], 5e-7 * Math.Max(1, Math.Abs(before[i])));
        }
    }

    [Fact]
    public void Latents_that_are_no_numbers_are_reported_and_another_size_is_no_latent_of_the_picture()
    {
        var options = new FormatOptions(LatentSpace.Flux1, null, ElementType.F32);
        string nan = Shared.Path("golden/dataset/bad/nan.npz");
        Assert.Contains("no finite numbers", Assert.Throws<LatentSharpException>(() => new KohyaFormat().Read("p.png", Square, [nan], options)).Message,
            StringComparison.Ordinal);
        string wide = Shared.Path("golden/dataset/kohya/wide_12345x0075_flux.npz");
        Assert.Contains("no latents_8x8", Assert.Throws<LatentSharpException>(() => new KohyaFormat().Read("p.png", Square, [wide], options)).Message,
            StringComparison.Ordinal);
        Placement strip = Square with { Picture = new Extent(12345, 75), Bucket = new Extent(512, 32) };
        PictureLatent read = new KohyaFormat().Read("wide.png", strip, [wide], options);
        Assert.Equal("wide_12345x0075_flux.npz", new KohyaFormat().FilesOf(read, options)[0].Name);
        string cut = Shared.Path("golden/dataset/bad/truncated.safetensors");
        Assert.Throws<LatentSharpException>(() => new AiToolkitFormat().Read("p.png", Square, [cut], options));
    }

    [Fact]
    public void Ai_toolkits_names_are_the_digests_of_what_python_writes()
    {
        JsonElement cases = JsonDocument.Parse(File.ReadAllBytes(Shared.Path("golden/dataset/ai-toolkit/names.json"))).RootElement.GetProperty("cases");
        foreach (JsonElement one in cases.EnumerateArray())
        {
            string path = one.GetProperty("path").GetString()!, text = one.GetProperty("json").GetString()!;
            JsonElement said = JsonDocument.Parse(text).RootElement;
            int Number(string key) => said.GetProperty(key).GetInt32();
            var placement = new Placement(default, new Extent(Number("scale_to_width"), Number("scale_to_height")), Number("crop_x"), Number("crop_y"),
                new Extent(Number("crop_width"), Number("crop_height")), ResampleFilter.Bicubic);
            List<(string Key, string Json)> facts = AiToolkitFormat.Facts(Path.GetFileName(path), placement,
                said.GetProperty("latent_space_version").GetString()!, said.TryGetProperty("flip_x", out _));
            // Options that are not offered here, but are part of the rule.
            foreach (string other in (string[])["flip_y", "cache_tensors_to_disk"])
                if (said.TryGetProperty(other, out _)) facts.Add((other, "true"));
            Assert.Equal(text, AiToolkitFormat.Text(facts));
            Assert.Equal(one.GetProperty("cache_path").GetString(), AiToolkitFormat.FileName(path, facts));
        }
        Assert.Equal(14, cases.GetArrayLength());
    }

    [Theory]
    [InlineData("photo_sfIubkVvkciV15jsNzsJag", false)]
    [InlineData("photo_Sc5r7XxBa9VABI--v8ofvQ", true)]
    public void Ai_toolkits_samples_are_made_again(string name, bool mirrored)
    {
        string path = Shared.Path($"golden/dataset/ai-toolkit/_latent_cache/{name}.safetensors");
        var format = new AiToolkitFormat();
        var options = new FormatOptions(LatentSpace.Flux1, null, ElementType.BF16);
        Placement placement = Square with { Resized = new Extent(86, 64), Left = 11 };
        Latent latent = format.Read("photo.png", placement, [path], options).Latent;
        TrainerFile file = format.FilesOf(new PictureLatent("set/photo.png", placement, latent) { Mirrored = latent }, options)[mirrored ? 1 : 0];
        Assert.Equal($"set/_latent_cache/{name}.safetensors", file.Name);
        File.WriteAllBytes(folder["again.safetensors"], Written(file));
        using SafetensorsFile golden = SafetensorsFile.Open(path), again = SafetensorsFile.Open(folder["again.safetensors"]);
        Assert.Equal(golden.Metadata.OrderBy(m => m.Key, StringComparer.Ordinal),
            again.Metadata.OrderBy(m => m.Key, StringComparer.Ordinal));
        Assert.Equal(golden.Tensors.Values, again.Tensors.Values);
        Assert.Equal(Bytes(golden), Bytes(again));
        JsonElement expected = JsonDocument.Parse(File.ReadAllBytes(Shared.Path("golden/dataset/expected.json"))).RootElement
            .GetProperty($"ai-toolkit/_latent_cache/{name}.safetensors").GetProperty("tensors").GetProperty("latent");
        Assert.Equal(expected.GetProperty("sha256").GetString(), Convert.ToHexStringLower(SHA256.HashData(Bytes(again))));
    }

    private static byte[] Bytes(WeightSource file)
    {
        TensorInfo tensor = Assert.Single(file.Tensors.Values);
        var bytes = new byte[tensor.ByteLength];
        file.ReadBytes(tensor, 0, bytes);
        return bytes;
    }

    private static byte[] Written(TrainerFile file)
    {
        using var stream = new MemoryStream();
        file.Write(stream);
        return stream.ToArray();
    }

    private static Latent Latent(LatentSpace space, NumpyArray array)
        => new(space, array.ToSingles(), 1, (int)array.Shape[1], (int)array.Shape[2]);
}
