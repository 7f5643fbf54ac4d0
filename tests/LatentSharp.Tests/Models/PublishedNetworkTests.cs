using LatentSharp.Autoencoders.Opening;
using LatentSharp.Graph;
using LatentSharp.Models.Autoencoders;
using LatentSharp.Tests.Weights;
using LatentSharp.Weights;

namespace LatentSharp.Tests.Models;

/// <summary>
/// The networks of the published files, from their names and shapes alone (shared/spec/manifests): every tensor finds its place, and none
/// is left over.
/// </summary>
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
    [InlineData("cogview4-ae-diffusers", 16, 8, 406_100_643)]
    [InlineData("hunyuan-image-2.1-ae", 64, 32, 405_575_491)]
    [InlineData("hunyuan-image-2.1-ae-diffusers", 64, 32, 405_575_491)]
    // TAEHV: of the kernels [C, 2 C, 3, 3] of six blocks of the encoder (C = 64) and six of the decoder (256 and 128, three
    // each) only the half is used that reads the picture itself; five others, of 64 channels, are used both as a whole and by half.
    [InlineData("taew2_1", 16, 8, 11_315_539 - 9 * (6 * 64 * 64 + 3 * 256 * 256 + 3 * 128 * 128) + 5 * (9 * 64 * 64 + 64))]
    [InlineData("taew2_2", 48, 16, 11_418_108 - 9 * (6 * 64 * 64 + 3 * 256 * 256 + 3 * 128 * 128) + 5 * (9 * 64 * 64 + 64))]
    // Of the video autoencoders what one picture uses: the last taps, without time_conv (sections 16 to 18).
    [InlineData("wan21-ae", 16, 8, 44_599_603)]
    [InlineData("wan21-ae-diffusers", 16, 8, 44_599_603)]
    [InlineData("wan22-ae", 48, 16, 252_125_020)]
    [InlineData("wan22-ae-diffusers", 48, 16, 252_125_020)]
    [InlineData("qwen-image-2.1-ae", 64, 16, 337_740_404 - 6_753_216)]
    [InlineData("qwen-image-2.1-ae-diffusers", 64, 16, 337_740_404 - 6_753_216)]
    public void EveryTensorFindsItsPlace(string manifest, int channels, int factor, long parameters)
    {
        CanonicalWeights weights = CanonicalWeights.From(new NamesOnly(manifest));
        AutoencoderHalves network = AutoencoderOpening.NetworkOf(weights, manifest, null);
        Assert.Equal((channels, factor), (network.Channels, network.Factor));
        NetworkGraph encoder = network.Encoder(256, 192), decoder = network.Decoder(256 / factor, 192 / factor);
        Assert.Equal(new FeatureShape(256, 192, network.HasOpacity ? 4 : 3), decoder.Outputs[0].Shape);
        WeightRef[] used = [.. encoder.Weights, .. decoder.Weights];
        Assert.Equal(parameters, used.Sum(w => w.ElementCount));
        Assert.DoesNotContain(weights.Tensors.Keys.Except(used.Select(w => w.Name)),
            n => !n.StartsWith("bn.", StringComparison.Ordinal) && !n.Contains(".time_conv.", StringComparison.Ordinal));
    }
}
