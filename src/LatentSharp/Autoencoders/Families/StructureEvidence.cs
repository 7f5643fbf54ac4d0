using LatentSharp.Models.Autoencoders;

namespace LatentSharp.Autoencoders.Families;

/// <summary>Which families have the tensors that a file has.</summary>
internal static class StructureEvidence
{
    /// <summary>The families whose names and shapes fit, the one that is met most often first.</summary>
    /// <exception cref="LatentSharpException">None does.</exception>
    public static AutoencoderFamily[] Candidates(CanonicalWeights weights, AutoencoderHalves network) => (network, network.Channels) switch
    {
        (KLHalves, 4) when network.Factor == 4 => [AutoencoderFamily.SdUpscaler],
        // Latents of the families' channels at another part of the size are not theirs.
        (KLHalves, 4 or 16) when network.Factor != LatentSpace.Sd1.Factor => [Unnamed(network)],
        (KLHalves, 4) when weights.Constants.ContainsKey("edm_mean") => [AutoencoderFamily.Playground25],
        (KLHalves, 4) => [AutoencoderFamily.Sd1, AutoencoderFamily.Sdxl, AutoencoderFamily.Playground25],
        (KLHalves { HasAttention: false }, 16) => [AutoencoderFamily.CogView4],
        (KLHalves, 16) => [AutoencoderFamily.Flux1, AutoencoderFamily.Sd3],
        (KLHalves, 32) => [AutoencoderFamily.Flux2],
        (TinyHalves, 4) => [AutoencoderFamily.Taesd, AutoencoderFamily.Taesdxl],
        (TinyHalves, 16) => [AutoencoderFamily.Taef1, AutoencoderFamily.Taesd3],
        (TinyHalves, 32) => [AutoencoderFamily.Taef2],
        (TinySanaHalves, 32) => [AutoencoderFamily.Taesana],
        (TinyVideoHalves, 16) => [AutoencoderFamily.Taew21],
        (TinyVideoHalves, 48) => [AutoencoderFamily.Taew22],
        (WanHalves, 16) => [AutoencoderFamily.Wan21],
        (WanHalves, 48) => [AutoencoderFamily.Wan22],
        (WanHalves, 64) => [AutoencoderFamily.QwenImage21],
        (HunyuanImageHalves, 64) => [AutoencoderFamily.HunyuanImage21],
        (DeepCompressionHalves, _) => [AutoencoderFamily.Sana],
        _ => [Unnamed(network)],
    };

    /// <summary>What the structure says, for people.</summary>
    public static string Describe(CanonicalWeights weights, AutoencoderHalves network)
        => $"{network.Channels} latent channels, 1/{network.Factor} of the size, {weights.Layout} names";

    // A network of a known kind with an unknown number of channels works; only its scaling is unknown.
    private static AutoencoderFamily Unnamed(AutoencoderHalves network)
    {
        string id = $"unnamed-f{network.Factor}c{network.Channels}";
        return new AutoencoderFamily(id, $"unnamed autoencoder ({network.Channels} channels)",
            new LatentSpace(id, $"unnamed latent space {id}", network.Channels, network.Factor, [1f], [0f]), "unknown");
    }
}
