using System.Buffers.Binary;
using System.Text;
using LatentSharp.Latents;
using LatentSharp.Tests.Imaging;

namespace LatentSharp.Tests.Latents;

/// <summary>
/// Files as ComfyUI's SaveLatent writes them, built here byte by byte. What ComfyUI makes of them is stated by its LoadLatent (nodes.py):
/// values * 1 with the marker, values * (1 / 0.18215) without, in both cases the autoencoder's own latent m; z = (m - shift) * scale.
/// </summary>
public sealed class ComfyLatentTests
{
    [Fact]
    public void A_marked_file_holds_the_autoencoders_own_latent()
    {
        using var folder = new TemporaryFolder();
        float[] m = [.. Enumerable.Range(0, 16 * 6).Select(i => i * 0.125f - 5f)];
        string path = folder.Write("a.latent", Comfy(m, [1, 16, 2, 3], marked: true));
        LatentFileContent content = LatentFile.Read(path);
        Assert.Equal((LatentFileKind.Comfy, false, LatentSpace.Flux1), (content.Kind, content.SpaceIsStated, content.Latent.Space));
        for (int i = 0; i < m.Length; i++) Assert.Equal((m[i] - 0.1159f) * 0.3611f, content.Latent.Values[i], 1e-6f);
        Assert.Contains("FLUX.1 was assumed", Assert.Single(content.Notes));
        Assert.Equal("ComfyUI", content.Latent.Provenance[LatentProvenance.Tool]);
    }

    [Fact]
    public void The_space_asked_for_decides_the_scale()
    {
        using var folder = new TemporaryFolder();
        float[] m = [.. Enumerable.Range(0, 16).Select(i => i * 0.25f)];
        string path = folder.Write("a.latent", Comfy(m, [1, 16, 1, 1], marked: true));
        Latent latent = LatentFile.Load(path, new LatentFileOptions { Space = LatentSpace.Sd3 });
        for (int i = 0; i < m.Length; i++) Assert.Equal((m[i] - 0.0609f) * 1.5305f, latent.Values[i], 1e-6f);
    }

    [Fact]
    public void An_unmarked_file_is_scaled_already()
    {
        using var folder = new TemporaryFolder();
        float[] z = [.. Enumerable.Range(0, 16).Select(i => i * 0.25f - 2f)];
        string path = folder.Write("a.latent", Comfy(z, [1, 4, 2, 2], marked: false));
        LatentFileContent content = LatentFile.Read(path);
        Assert.Equal((LatentFileKind.ComfyUnmarked, LatentSpace.Sd1), (content.Kind, content.Latent.Space));
        Assert.Equal(z, content.Latent.Values); // the scale of Stable Diffusion 1 is the one the old files were written with
        Latent sdxl = LatentFile.Load(path, new LatentFileOptions { Space = LatentSpace.Sdxl });
        for (int i = 0; i < z.Length; i++) Assert.Equal(z[i] / 0.18215f * 0.13025f, sdxl.Values[i], 1e-5f);
    }

    [Fact]
    public void A_FLUX2_file_is_normalised_already()
    {
        // ComfyUI: batch_norm_latent is part of the autoencoder (ldm/models/autoencoder.py), and latent_formats.Flux2 changes nothing.
        using var folder = new TemporaryFolder();
        float[] z = [.. Enumerable.Range(0, 128 * 2).Select(i => i * 0.01f - 1f)];
        Latent latent = LatentFile.Load(folder.Write("a.latent", Comfy(z, [1, 128, 1, 2], marked: true)));
        Assert.Equal((LatentSpace.Flux2, 2), (latent.Space, latent.Width));
        Assert.Equal(z, latent.Values);
    }

    [Theory]
    [InlineData("flux2-dev-Q8_0.gguf", "flux2", 128)]
    [InlineData("sd3.5_large.safetensors", "sd3", 16)]
    [InlineData("FLUX1\\\\flux1-dev-Q4_K_S.gguf", "flux1", 16)]
    [InlineData("sd_xl_base_1.0.safetensors", "sdxl", 4)]
    [InlineData("v1-5-pruned-emaonly.ckpt", "sd1", 4)]
    public void The_workflow_in_the_file_tells_the_space(string model, string space, int channels)
    {
        using var folder = new TemporaryFolder();
        string prompt = "{\"4\":{\"class_type\":\"CheckpointLoaderSimple\",\"inputs\":{\"ckpt_name\":\"" + model + "\"}}}";
        string path = folder.Write("a.latent", Comfy(new float[channels * 4], [1, channels, 2, 2], marked: true, prompt));
        LatentFileContent content = LatentFile.Read(path);
        Assert.Equal(space, content.Latent.Space.Id);
        Assert.False(content.SpaceIsStated);
        Assert.Contains("in the workflow", Assert.Single(content.Notes));
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("{\"a\":\"sd3.safetensors\",\"b\":\"flux1-dev.safetensors\"}")]
    [InlineData("{\"a\":\"sd_xl_base.safetensors\"}")]
    public void A_workflow_that_says_nothing_useful_is_passed_over(string prompt)
    {
        using var folder = new TemporaryFolder();
        LatentFileContent content = LatentFile.Read(folder.Write("a.latent", Comfy(new float[64], [1, 16, 2, 2], marked: true, prompt)));
        Assert.Contains("was assumed for 16 channels", Assert.Single(content.Notes));
    }

    [Fact]
    public void A_single_frame_of_a_video_latent_is_a_picture()
    {
        using var folder = new TemporaryFolder();
        Latent latent = LatentFile.Load(folder.Write("a.latent", Comfy(new float[16 * 6], [1, 16, 1, 2, 3], marked: true)));
        Assert.Equal((1, 2, 3), (latent.Batch, latent.Height, latent.Width));
    }

    // Header as safetensors.torch.save_file writes it for {"latent_tensor": samples, "latent_format_version_0": torch.tensor([])}.
    private static byte[] Comfy(float[] values, long[] shape, bool marked, string? prompt = null)
    {
        int bytes = values.Length * 4;
        string metadata = prompt is null ? "" : $"\"__metadata__\":{{\"prompt\":{System.Text.Json.JsonSerializer.Serialize(prompt)}}},";
        string marker = marked ? $"\"latent_format_version_0\":{{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}," : "";
        string header = $"{{{metadata}{marker}\"latent_tensor\":{{\"dtype\":\"F32\",\"shape\":[{string.Join(',', shape)}],\"data_offsets\":[0,{bytes}]}}}}";
        header = header.PadRight((Encoding.UTF8.GetByteCount(header) + 7) / 8 * 8);
        var file = new byte[8 + header.Length + bytes];
        BinaryPrimitives.WriteInt64LittleEndian(file, header.Length);
        Encoding.UTF8.GetBytes(header, file.AsSpan(8));
        Buffer.BlockCopy(values, 0, file, 8 + header.Length, bytes);
        return file;
    }
}
