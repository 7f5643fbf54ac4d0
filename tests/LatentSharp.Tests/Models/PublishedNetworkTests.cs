using LatentSharp.Autoencoders;
using LatentSharp.Graph;
using LatentSharp.Tests.Weights;
using LatentSharp.Weights;

namespace LatentSharp.Tests.Models;

/// <summary>The networks of the published files, from their names and shapes alone (shared/spec/manifests): every tensor finds its place, and none is left over.</summary>
public sealed class PublishedNetworkTests
{
    // Parameters: shared/spec/autoencoders.md, section 1 (FLUX.2 without its 257 statistics).
    [Theory]
    [InlineData("flux1-ae", 16, 8, 83_819_683)]
    [InlineData("flux1-ae-diffusers", 16, 8, 83_819_683)]
    [InlineData("sd3-vae", 16, 8, 83_819_683)]
    [InlineData("sd3-vae-diffusers", 16, 8, 83_819_683)]
    [InlineData("sd-vae", 4, 8, 83_653_863)]
    [InlineData("sd-vae-bare", 4, 8, 83_653_863)]
    [InlineData("sd-vae-diffusers", 4, 8, 83_653_863)]
    [InlineData("sd-vae-diffusers-legacy", 4, 8, 83_653_863)]
    [InlineData("sdxl-vae-diffusers", 4, 8, 83_653_863)]
    [InlineData("flux2-ae", 32, 8, 84_046_115)]
    [InlineData("flux2-ae-diffusers", 32, 8, 84_046_115)]
    [InlineData("flux2-ae-small-decoder", 32, 8, 62_373_091)]
    [InlineData("taesd-diffusers", 4, 8, 2_445_063)]
    [InlineData("taef1-diffusers", 16, 8, 2_458_899)]
    public void EveryTensorFindsItsPlace(string manifest, int channels, int factor, long parameters)
    {
        CanonicalWeights weights = CanonicalWeights.From(new NamesOnly(manifest));
        AutoencoderNetwork network = weights.Kind == AutoencoderKind.Tiny ? new TinyNetwork(weights) : new KLNetwork(weights);
        Assert.Equal((channels, factor), (network.Channels, network.Factor));
        NetworkGraph encoder = network.Encoder(256, 192), decoder = network.Decoder(256 / factor, 192 / factor);
        Assert.Equal(new FeatureShape(256, 192, 3), decoder.Outputs[0].Shape);
        WeightRef[] used = [.. encoder.Weights, .. decoder.Weights];
        Assert.Equal(parameters, used.Sum(w => w.ElementCount));
        Assert.DoesNotContain(weights.Tensors.Keys.Except(used.Select(w => w.Name)), n => !n.StartsWith("bn.", StringComparison.Ordinal));
    }
}
