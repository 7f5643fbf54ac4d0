using System.Globalization;
using System.Text.Json;
using LatentSharp.Autoencoders.Catalogue;

namespace LatentSharp.Service.ModelFolders;

/// <summary>A published file that would fill a gap.</summary>
/// <param name="File">The name that it is published under.</param>
/// <param name="Bytes">Its size; null when unknown.</param>
/// <param name="Sha256">Its SHA-256; null when unknown.</param>
/// <param name="Licence">Its licence; null when unknown.</param>
/// <param name="Places">Where it is published; empty when unknown.</param>
public sealed record PublishedPart(string File, long? Bytes, string? Sha256, string? Licence, IReadOnlyList<string> Places)
{
    private const string Resource = "LatentSharp.Service.known-models.json";

    private static readonly Lazy<IReadOnlyDictionary<(string Part, string Model), PublishedPart>> Known = new(Read);

    /// <summary>The published file of a part that is no autoencoder; null where none is known.</summary>
    /// <param name="kind">What the part is for.</param>
    /// <param name="model">Which, such as <c>flux1-dev</c> or <c>t5-xxl</c>.</param>
    internal static PublishedPart? Of(ModelPartKind kind, string model)
        => Known.Value.GetValueOrDefault((JsonNamingPolicy.KebabCaseLower.ConvertName(kind.ToString()), model));

    /// <summary>
    /// The full-size autoencoder of a space: one that says where it is published first, else one that is known, else its name.
    /// </summary>
    internal static PublishedPart? Autoencoder(LatentSpace space)
    {
        PublishedFile[] known = [.. PublishedFiles.Load().All.Where(f => AutoencoderFamily.Find(f.Family)?.Space == space)
            .OrderByDescending(f => AutoencoderFamily.Find(f.Family)!.Id == space.Id).ThenByDescending(f => f.Places.Count > 0)];
        if (known is [var file, ..])
            return new PublishedPart(file.FileName.Split(" (")[0], file.Bytes, file.Sha256, file.Licence, file.Places);
        return AutoencoderFamily.Speaking(space).FirstOrDefault() is { } family
            ? new PublishedPart(family.PublishedAs, null, null, null, []) : null;
    }

    /// <summary>In one line: name, size, digest, licence, place, as far as they are known.</summary>
    public override string ToString() => string.Join(", ", ((string?[])
    [
        File, Bytes is { } bytes ? string.Create(CultureInfo.InvariantCulture, $"{bytes:N0} bytes") : null,
        Sha256 is { } digest ? $"sha256 {digest}" : null, Licence, Places is [var place, ..] ? place : null,
    ]).Where(t => t is not null));

    private static Dictionary<(string, string), PublishedPart> Read()
    {
        using Stream stream = typeof(PublishedPart).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"the resource {Resource} is not part of this assembly");
        using JsonDocument document = JsonDocument.Parse(stream);
        return document.RootElement.EnumerateArray().ToDictionary(e => (Text(e, "part")!, Text(e, "model")!), e => new PublishedPart(
            Text(e, "file")!, e.TryGetProperty("bytes", out JsonElement bytes) ? bytes.GetInt64() : null, Text(e, "sha256"), Text(e, "licence"),
            e.TryGetProperty("places", out JsonElement places) ? [.. places.EnumerateArray().Select(p => p.GetString()!)] : []));
    }

    private static string? Text(JsonElement entry, string name)
        => entry.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;
}
