using LatentSharp.Models.Autoencoders;

namespace LatentSharp.Autoencoders.Families;

/// <summary>The latent spaces of the DC-AE variants: their scale is not in the tensors, only in the configuration.</summary>
internal static class DeepCompressionSpaces
{
    /// <summary>Sana's space when the scale is Sana's or unknown; a space named after its sizes otherwise.</summary>
    public static LatentSpace Of(AutoencoderHalves network, AutoencoderConfig? config)
    {
        LatentSpace sana = LatentSpace.Sana;
        if (config?.ScalingFactor is not { } scale || Math.Abs(scale - sana.Scale[0]) < 1e-5f)
            return sana with { Channels = network.Channels, Factor = network.Factor };
        string id = FormattableString.Invariant($"dc-ae-f{network.Factor}c{network.Channels}-{scale}");
        return new LatentSpace(id, $"DC-AE f{network.Factor}c{network.Channels}, scale {scale}", network.Channels, network.Factor,
            [scale], [0f]);
    }
}
