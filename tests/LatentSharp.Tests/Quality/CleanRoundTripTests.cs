using LatentSharp.Quality.Findings;

namespace LatentSharp.Tests.Quality;

/// <summary>The other half of the diagnosis' promise: the known loss of good small autoencoders is no finding.</summary>
public sealed class CleanRoundTripTests
{
    // The photographs are divided between the two: each passes through one of them.
    [Theory]
    [InlineData("taef1", 0)]
    [InlineData("taesd3", 1)]
    public void Round_trips_of_a_good_autoencoder_give_no_finding(string name, int half)
    {
        using Autoencoder autoencoder = Autoencoder.Open(Shared.Path($"models/tiny/{name}_encoder.safetensors"));
        foreach (string path in Photographs.Evaluation().Where((_, i) => i % 2 == half))
        {
            ImageTensor image = Photographs.Middle(path, 320);
            ImageTensor after = autoencoder.Decode(autoencoder.Encode(image));
            Diagnosis diagnosis = Diagnosis.Of(new DiagnosisInput { Picture = after, Reference = image });
            Assert.True(diagnosis.Findings.Count == 0,
                $"{Path.GetFileName(path)}: {string.Join("; ", diagnosis.Findings.Select(f => $"{f.KindName} {f.Score:0.0}: {f.Evidence}"))}");
        }
    }

    [Fact]
    public void A_defect_of_the_autoencoder_is_told_from_one_of_the_picture()
    {
        // The embedded autoencoder shifts colours on this scene; noise it does not add.
        ImageTensor scene = Pictures.Scene(128, 128, 1);
        Autoencoder autoencoder = EmbeddedAutoencoder.Shared;
        ImageTensor after = autoencoder.Decode(autoencoder.Encode(scene));
        Diagnosis own = Diagnosis.Of(new DiagnosisInput { Picture = after, Reference = scene, Autoencoder = autoencoder });
        Assert.NotEmpty(own.Findings);
        Assert.All(own.Findings, f => Assert.Equal(FindingOrigin.Autoencoder, f.Origin));
        Diagnosis noisy =
            Diagnosis.Of(new DiagnosisInput
            {
                Picture = Defects.Noise(scene, 8, 1), Reference = scene, Autoencoder = autoencoder,
                Latent = autoencoder.Encode(scene)
            });
        Finding noise = Assert.Single(noisy.Findings, f => f.Kind == FindingKind.Noise);
        Assert.Equal(FindingOrigin.Diffusion, noise.Origin);
    }
}
