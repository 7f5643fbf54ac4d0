using LatentSharp.Autoencoders.Checks;
using LatentSharp.Quality.Findings;

namespace LatentSharp.Tests.Quality;

/// <summary>Wrong latent spaces are recognised by the values alone, in photographs that the signatures were not made from.</summary>
public sealed class LatentSpaceDiagnosisTests
{
    [Fact]
    public void Latents_of_another_space_are_named_in_95_of_100_photographs_and_those_of_the_right_one_pass()
    {
        int latents = 0, named = 0;
        foreach ((string autoencoder, string wrong) in ((string, string)[])[("taef1", "sd3"), ("taesd3", "flux1"), ("taesd", "sdxl"),
            ("taesdxl", "sd1")])
        {
            foreach (string path in Photographs.Evaluation())
            {
                Latent z = Photographs.Encoded(path, autoencoder);
                Assert.Empty(Diagnosis.Of(new DiagnosisInput { Latent = z, ModelSpace = z.Space }).Findings);

                // Called a latent of the other space by file and model alike: only its values tell.
                Latent mislabelled = new(LatentSpace.Find(wrong)!, z.Values, 1, z.Height, z.Width);
                Diagnosis diagnosis = Diagnosis.Of(new DiagnosisInput { Latent = mislabelled, ModelSpace = mislabelled.Space });
                latents++;
                if (diagnosis.Findings is [{ KindName: "space" } first, ..]
                    && first.Evidence.Contains($"look like latents of {z.Space.Title}", StringComparison.Ordinal)) named++;
                else Assert.Contains(diagnosis.CannotTell, c => c.Contains(z.Space.Title, StringComparison.Ordinal));

                // The label alone is enough where it contradicts the model.
                Assert.Equal("space", Diagnosis.Of(new DiagnosisInput { Latent = z, ModelSpace = mislabelled.Space }).Findings[0].KindName);

                // Scale and shift forgotten.
                float[] raw = [.. z.Values.Select(v => v / z.Space.ScaleOf(0) + z.Space.ShiftOf(0))];
                Assert.Equal("space",
                    Diagnosis.Of(new DiagnosisInput { Latent = new Latent(z.Space, raw, 1, z.Height, z.Width) }).Findings[0].KindName);
            }
        }
        Assert.True(named >= 0.95 * latents, $"{named} of {latents}");
    }

    [Fact]
    public void Missing_values_and_wrong_channels_are_found()
    {
        float[] values = new float[16 * 64];
        values[5] = float.NaN;
        Diagnosis broken = Diagnosis.Of(new DiagnosisInput { Latent = new Latent(LatentSpace.Flux1, values, 1, 8, 8) });
        Assert.Equal(("non-finite", FindingOrigin.Diffusion), (broken.Findings[0].KindName, broken.Findings[0].Origin));
        values[5] = 0;
        Diagnosis channels =
            Diagnosis.Of(new DiagnosisInput { Latent = new Latent(LatentSpace.Flux1, values, 1, 8, 8), ModelSpace = LatentSpace.Sdxl });
        Assert.Equal("space", channels.Findings[0].KindName);
        Assert.Contains("16 channels", channels.Findings[0].Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void An_autoencoder_that_does_not_belong_to_the_model_is_named_before_anything_is_computed()
    {
        Diagnosis diagnosis =
            Diagnosis.Of(new DiagnosisInput
            {
                Picture = Pictures.Scene(96, 96, 1), Autoencoder = EmbeddedAutoencoder.Shared,
                ModelSpace = LatentSpace.Sdxl
            });
        Assert.Equal(("space", FindingOrigin.Autoencoder), (diagnosis.Findings[0].KindName, diagnosis.Findings[0].Origin));
    }

    [Theory]
    [InlineData("FLUX.1-dev", "flux1")]
    [InlineData("stable-diffusion-xl-base-1.0", "sdxl")]
    [InlineData("stable-diffusion-v1-5", "sd1")]
    [InlineData("sd3.5-large", "sd3")]
    [InlineData("FLUX.2-dev", "flux2")]
    // autoencoders.md section 19.1: what shares the autoencoder of an older model.
    [InlineData("Kwai-Kolors/Kolors", "sdxl")]
    [InlineData("HunyuanDiT-v1.2-Diffusers", "sdxl")]
    [InlineData("PixArt-XL-2-1024-MS", "sd1")]
    [InlineData("PixArt-Sigma-XL-2-1024-MS", "sdxl")]
    [InlineData("auraflow", "sdxl")]
    [InlineData("SSD-1B", "sdxl")]
    [InlineData("OmniGen-v1", "sdxl")]
    [InlineData("OmniGen2", "flux1")]
    [InlineData("Lumina-Image-2.0", "flux1")]
    [InlineData("HiDream-I1-Full", "flux1")]
    [InlineData("Z-Image-Turbo", "flux1")]
    [InlineData("ERNIE-Image", "flux2")]
    [InlineData("Qwen-Image", "wan21")]
    [InlineData("Wan2.1-T2V-14B", "wan21")]
    [InlineData("Wan2.2-TI2V-5B", "wan22")]
    [InlineData("CogView4-6B", "cogview4")]
    public void Models_are_known_by_their_names(string model, string space) => Assert.Equal(space, ModelHint.Named(model).Space.Id);

    [Theory]
    [InlineData("Chroma-Radiance")]
    [InlineData("stable-cascade")]
    [InlineData("kandinsky-2-2-decoder")]
    public void Models_without_such_an_autoencoder_are_refused_by_name(string model)
        => Assert.Contains("no autoencoder that is known here", Assert.Throws<LatentSharpException>(() => ModelHint.Named(model)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Other_names_say_nothing() => Assert.Throws<LatentSharpException>(() => ModelHint.Named("my-model"));
}
