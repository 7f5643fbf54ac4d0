using System.Text.Json.Serialization;
using LatentSharp.Autoencoders.Catalogue;
using LatentSharp.Models.Autoencoders;
using LatentSharp.Tensors;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;
using LatentSharp.Weights.Identity;

namespace LatentSharp.Service.Inspecting;

/// <summary>What the catalogue of known files needs to know about a file, in the form in which it is written there.</summary>
/// <param name="File">The name of the file.</param>
/// <param name="Family">The id of its family.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">Its digest.</param>
/// <param name="Type">The type that most of its bytes are stored in.</param>
/// <param name="Encoder">What the encoder contains; null when there is none.</param>
/// <param name="Decoder">What the decoder contains; null when there is none.</param>
public sealed record CatalogueEntry(string File, string Family, long Bytes, string Sha256, string Type,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] CatalogueContent? Encoder,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] CatalogueContent? Decoder)
{
    /// <summary>The entry for a file.</summary>
    /// <param name="path">A weight file that holds an autoencoder.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="LatentSharpException">There is no such file, or it holds no autoencoder.</exception>
    public static CatalogueEntry Of(string path, CancellationToken cancellationToken = default)
    {
        using Autoencoder autoencoder = Autoencoder.Open(path);
        using WeightFile file = WeightFiles.Open(path);
        CanonicalWeights weights = CanonicalWeights.From(file);
        IReadOnlyList<ContentDigest> digests = ContentDigest.Compute(weights, Enum.GetValues<DigestLevel>(),
            cancellationToken: cancellationToken);
        using FileStream stream = RegularFile.OpenRead(path);        // its length is that of what a link leads to
        return new CatalogueEntry(Path.GetFileName(path), autoencoder.Family.Id, stream.Length,
            FileDigest.Sha256(path, null, cancellationToken),
            file.Tensors.Values.GroupBy(t => t.Type).MaxBy(g => g.Sum(t => t.ByteLength))!.Key.Name(),
            Content(AutoencoderPart.Encoder), Content(AutoencoderPart.Decoder));

        CatalogueContent? Content(AutoencoderPart half)
        {
            if (PublishedContent.Of(weights, half, digests) is not { } known) return null;
            string Digest(DigestLevel level) => known.Digests[level];
            return new CatalogueContent(known.Parameters, known.Sketch?.ToString(), Digest(DigestLevel.Exact), Digest(DigestLevel.F16),
                Digest(DigestLevel.BF16), Digest(DigestLevel.F8_E4M3));
        }
    }
}

/// <summary>What one half contains.</summary>
/// <param name="Parameters">How many numbers.</param>
/// <param name="Sketch">A sample of its values.</param>
/// <param name="Exact">The digest of the values.</param>
/// <param name="F16">The digest of the values rounded to F16.</param>
/// <param name="Bf16">The digest of the values rounded to BF16.</param>
/// <param name="F8E4m3">The digest of the values rounded to F8_E4M3.</param>
public sealed record CatalogueContent(long Parameters, string? Sketch, string Exact, string F16,
    [property: JsonPropertyName("bf16")] string Bf16, [property: JsonPropertyName("f8_e4m3")] string F8E4m3);
