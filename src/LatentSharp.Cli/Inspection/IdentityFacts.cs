using System.Text.Json;
using LatentSharp.Autoencoders.Catalogue;
using LatentSharp.Models.Autoencoders;
using LatentSharp.Weights.Identity;

namespace LatentSharp.Cli.Inspection;

/// <summary>Which published file an autoencoder is, and the digests of what it contains.</summary>
internal static class IdentityFacts
{
    internal static void Add(FileFacts facts, Autoencoder autoencoder, CanonicalWeights weights, bool digest, long? bytes, string? sha256, CancellationToken cancellationToken)
    {
        IReadOnlyList<ContentDigest>? digests = digest || weights.Tensors.Values.Sum(t => t.ByteLength) <= FileFacts.DigestUnasked
            ? ContentDigest.Compute(weights, Enum.GetValues<DigestLevel>(), cancellationToken: cancellationToken) : null;
        // A size says nothing where the shapes say otherwise.
        FileIdentity[] known = [.. PublishedFiles.Load().Identify(weights, bytes, sha256, digests)
            .Where(i => i.Proof != IdentityProof.Size || autoencoder.LookAlikes.Any(f => f.Id == i.File.Family))];
        string[] alike = autoencoder.LookAlikes.Count > 0 ? [.. autoencoder.LookAlikes.Select(f => f.Title)] : [autoencoder.Family.Title];
        facts.Add("known_as", known.Length > 0 ? string.Join('\n', known.AsEnumerable()) : $"unknown, but shaped like {string.Join(" or ", alike)}", json => Write(json, known));
        if (digests is null) return;
        facts.Add("content", string.Join('\n', digests), json => Write(json, digests));
    }

    private static void Write(Utf8JsonWriter json, FileIdentity[] known)
    {
        json.WriteStartArray("known_as");
        foreach (FileIdentity identity in known)
        {
            json.WriteStartObject();
            json.WriteString("file", identity.File.FileName);
            json.WriteString("part", identity.Part.Word());
            json.WriteString("proof", identity.Proof.ToString().ToLowerInvariant());
            if (identity.Proof == IdentityProof.Content) json.WriteString("level", identity.Level.Name());
            if (identity.Proof == IdentityProof.Sketch) json.WriteNumber("distance", identity.Distance);
            json.WriteString("family", identity.File.Family);
            json.WriteString("licence", identity.File.Licence);
            JsonParts.Strings(json, "places", identity.File.Places);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, IReadOnlyList<ContentDigest> digests)
    {
        json.WriteStartObject("content");
        foreach (ContentDigest digest in digests)
        {
            json.WriteStartObject(digest.Level.Name());
            json.WriteString("whole", digest.Whole);
            if (digest.Encoder is not null) json.WriteString("encoder", digest.Encoder);
            if (digest.Decoder is not null) json.WriteString("decoder", digest.Decoder);
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }
}
