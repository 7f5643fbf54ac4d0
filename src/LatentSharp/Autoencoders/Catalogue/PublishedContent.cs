using LatentSharp.Models.Autoencoders;
using LatentSharp.Weights.Identity;

namespace LatentSharp.Autoencoders.Catalogue;

/// <summary>What one half of a published autoencoder contains, whatever file it is in.</summary>
/// <param name="Parameters">The number of its values.</param>
/// <param name="Sketch">Its sketch, which copies that were rounded in any way are close to; null when unknown.</param>
/// <param name="Digests">Its content digests by level (see <see cref="ContentDigest"/>), 64 hexadecimal digits each; there need not be
/// all.</param>
public sealed record PublishedContent(long Parameters, WeightSketch? Sketch, IReadOnlyDictionary<DigestLevel, string> Digests)
{
    /// <summary>The content of one half of a set of weights; null when they do not have it.</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="half">The encoder or the decoder.</param>
    /// <param name="digests">Digests of the weights.</param>
    internal static PublishedContent? Of(CanonicalWeights weights, AutoencoderPart half, IReadOnlyList<ContentDigest> digests)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(digests);
        return half.IsIn(weights.Tensors.Keys)
            ? new PublishedContent(ParametersOf(weights, half), WeightSketch.Of(weights, name => half.Holds(name)),
                digests.ToDictionary(d => d.Level, d => d.Of(half)!)) : null;
    }

    internal static long ParametersOf(CanonicalWeights weights, AutoencoderPart half)
        => weights.Tensors.Values.Where(t => half.Holds(t.Name)).Sum(t => t.Shape.ElementCount);
}
