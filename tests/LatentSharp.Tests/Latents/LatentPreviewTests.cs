using LatentSharp.Latents;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.Latents;

public sealed class LatentPreviewTests
{
    [Fact]
    public void A_FLUX1_latent_is_a_linear_map_plus_bias()
    {
        // comfy/latent_formats.py, class Flux: bias, and the rows of channels 0 and 15.
        var latent = new Latent(LatentSpace.Flux1, new float[2 * 16 * 2], 2, 1, 2);
        latent.Plane(1, 0)[1] = 2;
        latent.Plane(1, 15)[1] = -1;
        ImageTensor preview = LatentPreview.Render(latent);
        Assert.Equal((2, 1, 2), (preview.Batch, preview.Height, preview.Width));
        Assert.Equal([-0.0329f, -0.0718f, -0.0851f], Pixel(preview, 0, 0));
        float[] expected = [-0.0329f + 2 * -0.0346f + 0.1262f, -0.0718f + 2 * 0.0244f + 0.0982f, -0.0851f + 2 * 0.0681f + 0.0778f];
        float[] found = Pixel(preview, 1, 1);
        for (int c = 0; c < 3; c++) Assert.Equal(expected[c], found[c], 1e-6f);
    }

    [Fact]
    public void A_packed_FLUX2_latent_is_unpacked_first()
    {
        var latent = new Latent(LatentSpace.Flux2, new float[128], 1, 1, 1);
        latent.Plane(0, 5 * 4 + 2)[0] = 1; // channel 5, row 1, column 0 of the patch
        ImageTensor preview = LatentPreview.Render(latent);
        Assert.Equal((2, 2), (preview.Height, preview.Width));
        float[] bias = Pixel(preview, 0, 0), touched = Pixel(preview, 0, 2);
        Assert.Equal(bias, Pixel(preview, 0, 1));
        Assert.Equal(bias, Pixel(preview, 0, 3));
        Assert.NotEqual(bias, touched);
        var unpacked = new Latent(new LatentSpace("flux2", "FLUX.2", 32, 8, [1f], [0f]), new float[32 * 4], 1, 2, 2);
        unpacked.Plane(0, 5)[2] = 1;
        Assert.Equal(LatentPreview.Render(unpacked).Values, preview.Values);
    }

    [Fact]
    public void Every_known_space_has_a_preview_and_others_are_refused()
    {
        Assert.All(LatentSpace.Known.Where(s => s.Id is "flux1" or "flux2" or "sd3" or "sd1" or "sdxl"),
            s => Assert.True(LatentPreview.Supports(s)));
        var other = new LatentSpace("other", "Other", 16, 8, [1f], [0f]);
        Assert.False(LatentPreview.Supports(other));
        Assert.Throws<LatentSharpException>(() => LatentPreview.Render(new Latent(other, new float[16], 1, 1, 1)));
    }

    [Fact]
    public void The_preview_of_a_real_latent_resembles_the_picture()
    {
        // A photograph and its latent by TAEF1 (shared/golden/tiny); the preview is compared with 8x8 means of the photograph.
        Shared.Require("golden/tiny/taef1-io.safetensors");
        Latent latent;
        using (var file = SafetensorsFile.Open(Shared.Path("golden/tiny/taef1-io.safetensors")))
            latent = new Latent(LatentSpace.Flux1, file.Read(file.Tensors["a.latent"]), 1, 32, 32);
        ImageTensor photo = PictureFile.Load(Shared.Path("golden/tiny/photo-a.png")).Image, preview = LatentPreview.Render(latent);
        double error = 0, variance = 0;
        for (int c = 0; c < 3; c++)
            for (int i = 0; i < 1024; i++)
            {
                double mean = 0;
                for (int k = 0; k < 64; k++) mean += photo.Plane(0, c)[(i / 32 * 8 + k / 8) * 256 + i % 32 * 8 + k % 8] / 64.0;
                (error, variance) = (error + Math.Pow(preview.Plane(0, c)[i] - mean, 2), variance + mean * mean);
            }
        Assert.True(error < 0.25 * variance, $"the preview explains only {1 - error / variance:P0} of the picture");
    }

    private static float[] Pixel(ImageTensor image, int picture, int index)
        => [.. Enumerable.Range(0, 3).Select(c => image.Plane(picture, c)[index])];
}
