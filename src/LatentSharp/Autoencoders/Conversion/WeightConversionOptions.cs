using LatentSharp.Models.Autoencoders;
using LatentSharp.Tensors;

namespace LatentSharp.Autoencoders.Conversion;

/// <summary>What a conversion changes.</summary>
public sealed record WeightConversionOptions
{
    /// <summary>The names of the result; null keeps diffusers names where the source has them and uses BFL names otherwise.</summary>
    public WeightNaming? Naming { get; init; }

    /// <summary>
    /// F32, F16, BF16 or F8_E4M3; null keeps every tensor's type (quantised ones become F32). With F8_E4M3, tensors of rank 0 and 1 (norms,
    /// biases, statistics), which such small numbers would spoil, keep their type.
    /// </summary>
    public ElementType? Type { get; init; }

    /// <summary>The half to keep.</summary>
    public AutoencoderPart Part { get; init; }

    /// <summary>
    /// Entries to add to the metadata of the result, over those of the source; for autoencoders see
    /// <see cref="Autoencoder.IdentifyingMetadata"/>.
    /// </summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();
}
