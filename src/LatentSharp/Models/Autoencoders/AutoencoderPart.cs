namespace LatentSharp.Models.Autoencoders;

/// <summary>Which half of an autoencoder is meant.</summary>
public enum AutoencoderPart
{
    /// <summary>Encoder and decoder.</summary>
    Vae,
    /// <summary>The encoder with <c>quant_conv</c> and the latent's statistics.</summary>
    Encoder,
    /// <summary>The decoder with <c>post_quant_conv</c> and the latent's statistics.</summary>
    Decoder,
}

/// <summary>What belongs to which part.</summary>
internal static class AutoencoderParts
{
    /// <summary>The two halves.</summary>
    internal static readonly AutoencoderPart[] Halves = [AutoencoderPart.Encoder, AutoencoderPart.Decoder];

    /// <summary>The word for a part: <c>vae</c>, <c>encoder</c>, <c>decoder</c>.</summary>
    public static string Word(this AutoencoderPart part)
        => part switch { AutoencoderPart.Encoder => "encoder", AutoencoderPart.Decoder => "decoder", _ => "vae" };

    /// <summary>Whether a part has the tensor of a canonical name. The statistics of the latent belong to both halves.</summary>
    internal static bool Holds(this AutoencoderPart part, string canonicalName)
    {
        return part switch
        {
            AutoencoderPart.Encoder => Starts("encoder.") || Starts("quant_conv.") || Starts("bn."),
            AutoencoderPart.Decoder => Starts("decoder.") || Starts("post_quant_conv.") || Starts("bn."),
            _ => true,
        };

        bool Starts(string prefix) => canonicalName.StartsWith(prefix, StringComparison.Ordinal);
    }

    /// <summary>Whether a set of canonical names has more of a half than what both share.</summary>
    public static bool IsIn(this AutoencoderPart half, IEnumerable<string> canonicalNames)
        => (canonicalNames ?? throw new ArgumentNullException(nameof(canonicalNames)))
        .Any(n => n.StartsWith(half.Word() + ".", StringComparison.Ordinal));
}
