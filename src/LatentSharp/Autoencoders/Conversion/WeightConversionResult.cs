using LatentSharp.Autoencoders.Catalogue;

namespace LatentSharp.Autoencoders.Conversion;

/// <summary>What a conversion did.</summary>
/// <param name="Layout">The layout that was found in the source.</param>
/// <param name="Prefix">The prefix that was taken off.</param>
/// <param name="Tensors">The number of tensors written.</param>
/// <param name="LeftOut">Names of tensors of the source that are no part of the autoencoder, or of the other half.</param>
/// <param name="Digest">The digest that source and result have in common, taken from both.</param>
public sealed record WeightConversionResult(string Layout, string Prefix, int Tensors, IReadOnlyList<string> LeftOut, ContentDigest Digest);
