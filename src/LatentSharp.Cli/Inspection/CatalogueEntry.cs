using System.Text;
using System.Text.Json;
using LatentSharp.Autoencoders.Catalogue;
using LatentSharp.Models.Autoencoders;
using LatentSharp.Tensors;
using LatentSharp.Weights.Files;
using LatentSharp.Weights.Identity;

namespace LatentSharp.Cli.Inspection;

/// <summary>What the catalogue of known files needs to know about a file, in the form in which it is written there.</summary>
internal static class CatalogueEntry
{
    internal static void Write(string path, Output report, CancellationToken cancellationToken)
    {
        using Autoencoder autoencoder = Autoencoder.Open(path);
        using WeightFile file = WeightFiles.Open(path);
        CanonicalWeights weights = CanonicalWeights.From(file);
        IReadOnlyList<ContentDigest> digests = ContentDigest.Compute(weights, Enum.GetValues<DigestLevel>(), cancellationToken: cancellationToken);
        string sha256 = FileDigest.Sha256(path, null, cancellationToken);
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            Members(json);
            json.WriteEndObject();
        }
        report.Line(Encoding.UTF8.GetString(buffer.ToArray()));
        report.Object(Members);

        void Members(Utf8JsonWriter json)
        {
            json.WriteString("file", Path.GetFileName(path));
            json.WriteString("family", autoencoder.Family.Id);
            json.WriteNumber("bytes", new FileInfo(path).Length);
            json.WriteString("sha256", sha256);
            json.WriteString("type", file.Tensors.Values.GroupBy(t => t.Type).MaxBy(g => g.Sum(t => t.ByteLength))!.Key.Name());
            foreach (AutoencoderPart half in (AutoencoderPart[])[AutoencoderPart.Encoder, AutoencoderPart.Decoder])
            {
                if (PublishedContent.Of(weights, half, digests) is not { } content) continue;
                json.WriteStartObject(half.Word());
                json.WriteNumber("parameters", content.Parameters);
                json.WriteString("sketch", content.Sketch?.ToString());
                foreach ((DigestLevel level, string digest) in content.Digests) json.WriteString(level.Name(), digest);
                json.WriteEndObject();
            }
        }
    }
}
