using LatentSharp.Models.Autoencoders;

namespace LatentSharp.Autoencoders.Catalogue;

/// <summary>A published autoencoder file.</summary>
/// <param name="FileName">The name it is published under, with a note where several share it.</param>
/// <param name="Family">The <see cref="AutoencoderFamily.Id"/> of its family.</param>
/// <param name="Bytes">Its size; null when unknown.</param>
/// <param name="Sha256">Its SHA-256, lower-case hexadecimal; null when unknown.</param>
/// <param name="ElementType">How its elements are stored; null when unknown.</param>
/// <param name="Licence">Its licence; null when unknown.</param>
/// <param name="Places">Where it is published.</param>
public sealed record PublishedFile(string FileName, string Family, long? Bytes, string? Sha256, string? ElementType, string? Licence,
    IReadOnlyList<string> Places)
{
    /// <summary>What its encoder contains; null when that is unknown or it has none.</summary>
    public PublishedContent? Encoder { get; init; }

    /// <summary>What its decoder contains; null when that is unknown or it has none.</summary>
    public PublishedContent? Decoder { get; init; }

    internal PublishedContent? Content(AutoencoderPart half) => half == AutoencoderPart.Encoder ? Encoder : Decoder;
}
