using LatentSharp.Weights;

namespace LatentSharp.Autoencoders;

/// <summary>Which families have the tensors that a file has.</summary>
internal static class StructureEvidence
{
    /// <summary>The families whose names and shapes fit, the one that is met most often first.</summary>
    /// <exception cref="LatentSharpException">None does.</exception>
    public static AutoencoderFamily[] Candidates(CanonicalWeights weights, AutoencoderNetwork network) => (network, network.Channels) switch
    {
        (KLNetwork, 4) when network.Factor == 4 => [AutoencoderFamily.SdUpscaler],
        (KLNetwork, 4) when weights.Constants.ContainsKey("edm_mean") => [AutoencoderFamily.Playground25],
        (KLNetwork, 4) => [AutoencoderFamily.Sd1, AutoencoderFamily.Sdxl, AutoencoderFamily.Playground25],
        (KLNetwork { HasAttention: false }, 16) => [AutoencoderFamily.CogView4],
        (KLNetwork, 16) => [AutoencoderFamily.Flux1, AutoencoderFamily.Sd3],
        (KLNetwork, 32) => [AutoencoderFamily.Flux2],
        (TinyNetwork, 4) => [AutoencoderFamily.Taesd, AutoencoderFamily.Taesdxl],
        (TinyNetwork, 16) => [AutoencoderFamily.Taef1, AutoencoderFamily.Taesd3],
        (TinyNetwork, 32) => [AutoencoderFamily.Taef2],
        (TinyVideoNetwork, 16) => [AutoencoderFamily.Taew21],
        (TinyVideoNetwork, 48) => [AutoencoderFamily.Taew22],
        (WanNetwork, 16) => [AutoencoderFamily.Wan21],
        (WanNetwork, 48) => [AutoencoderFamily.Wan22],
        (WanNetwork, 64) => [AutoencoderFamily.QwenImage21],
        (HunyuanImageNetwork, 64) => [AutoencoderFamily.HunyuanImage21],
        (DeepCompressionNetwork, _) => [AutoencoderFamily.Sana],
        _ => [Unnamed(network)],
    };

    /// <summary>What the structure says, for people.</summary>
    public static string Describe(CanonicalWeights weights, AutoencoderNetwork network)
        => $"{network.Channels} latent channels, 1/{network.Factor} of the size, {weights.Layout} names";

    // A network of a known kind with an unknown number of channels works; only its scaling is unknown.
    private static AutoencoderFamily Unnamed(AutoencoderNetwork network)
    {
        string id = $"unnamed-f{network.Factor}c{network.Channels}";
        return new AutoencoderFamily(id, $"unnamed autoencoder ({network.Channels} channels)", new LatentSpace(id, $"unnamed latent space {id}", network.Channels, network.Factor, [1f], [0f]), "unknown");
    }
}
