using System.Text.Json;
using LatentSharp.Models.Autoencoders;
using LatentSharp.Weights.Identity;

namespace LatentSharp.Autoencoders.Catalogue;

/// <summary>
/// The catalogue of published autoencoder files. It is a JSON file that is part of the library
/// (<c>assets/catalogue/known-autoencoders.json</c>); a file of the same form called <see cref="UserFileName"/> in the library's home adds
/// to it.
/// </summary>
public sealed class PublishedFiles
{
    /// <summary>The name of a user's own catalogue.</summary>
    public const string UserFileName = "known-autoencoders.json";

    private const string Resource = "LatentSharp.known-autoencoders.json";

    private PublishedFiles(IReadOnlyList<PublishedFile> all) => All = all;

    /// <summary>The catalogue that is part of the library.</summary>
    public static PublishedFiles BuiltIn { get; } = new(ReadBuiltIn());

    /// <summary>Every file, the user's own first.</summary>
    public IReadOnlyList<PublishedFile> All { get; }

    /// <summary>The built-in catalogue with a user's own in front; the built-in one when there is no such file.</summary>
    /// <param name="userFile">The path of the user's catalogue; null for <see cref="UserFileName"/> in the default library's home.</param>
    /// <exception cref="LatentSharpException">The user's file is not a catalogue.</exception>
    public static PublishedFiles Load(string? userFile = null)
    {
        userFile ??= Path.Combine(HomeFolder.Path, UserFileName);
        if (!File.Exists(userFile)) return BuiltIn;
        try
        {
            return new PublishedFiles([.. Read(File.ReadAllBytes(userFile)), .. BuiltIn.All]);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new LatentSharpException(ErrorKind.BadInput, userFile,
                "this is not a catalogue: a JSON array of objects with `file`, `family` and, where known, `bytes`, `sha256`, `type`, `licence`, "
                    + "`places`, `encoder`, `decoder`.", "Correct it or take it away.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LatentSharpException(ErrorKind.BadInput, userFile, $"the catalogue cannot be read: {e.Message}", null, e);
        }
    }

    /// <summary>
    /// The file whose size is exactly this, when there is only one; null otherwise. Sizes of weight files are telling: they count names,
    /// types and metadata.
    /// </summary>
    public PublishedFile? OfSize(long bytes)
    {
        PublishedFile[] same = [.. All.Where(f => f.Bytes == bytes)];
        return same.Length > 0 && same.All(f => f.Family == same[0].Family) ? same[0] : null;
    }

    /// <summary>The file with this SHA-256, or null.</summary>
    public PublishedFile? OfDigest(string sha256)
        => All.FirstOrDefault(f => string.Equals(f.Sha256, sha256, StringComparison.OrdinalIgnoreCase));

    /// <summary>
    /// The published files that a set of weights comes from: one for the whole file, or one for each half, which may come from different
    /// files. None when it is unknown.
    /// </summary>
    /// <param name="weights">The weights. A few thousand values are read when the catalogue knows weights of this size.</param>
    /// <param name="bytes">The size of their file; null when they have none.</param>
    /// <param name="sha256">The SHA-256 of their file; null when it was not computed.</param>
    /// <param name="digests">Their content digests at any levels; null when they were not computed.</param>
    internal IReadOnlyList<FileIdentity> Identify(CanonicalWeights weights, long? bytes = null, string? sha256 = null,
        IReadOnlyList<ContentDigest>? digests = null)
    {
        ArgumentNullException.ThrowIfNull(weights);
        if (sha256 is not null && OfDigest(sha256) is { } same) return [new FileIdentity(same, AutoencoderPart.Vae, IdentityProof.Sha256)];
        FileIdentity[] halves = [.. AutoencoderParts.Halves.Where(h => h.IsIn(weights.Tensors.Keys))
            .Select(h => Identify(weights, h, digests ?? [])).OfType<FileIdentity>()];
        if (halves is [var one, var other] && one with { Part = other.Part } == other) return [one with { Part = AutoencoderPart.Vae }];
        if (halves.Length > 0) return halves;
        // Where the digest is known on both sides and differs, the size proves nothing.
        return bytes is { } size && OfSize(size) is { } known && (sha256 is null || known.Sha256 is null)
            ? [new FileIdentity(known, AutoencoderPart.Vae, IdentityProof.Size)] : [];
    }

    private FileIdentity? Identify(CanonicalWeights weights, AutoencoderPart half, IReadOnlyList<ContentDigest> digests)
    {
        long parameters = PublishedContent.ParametersOf(weights, half);
        (PublishedFile File, PublishedContent Content)[] alike =
            [.. All.Select(f => (f, f.Content(half)!)).Where(f => f.Item2?.Parameters == parameters)];
        if (alike.Length == 0) return null;
        foreach (ContentDigest digest in digests.OrderBy(d => d.Level))
            foreach ((PublishedFile file, PublishedContent content) in alike)
                if (content.Digests.TryGetValue(digest.Level, out string? known)
                    && string.Equals(known, digest.Of(half), StringComparison.OrdinalIgnoreCase))
                    return new FileIdentity(file, half, IdentityProof.Content, digest.Level);
        WeightSketch sketch = WeightSketch.Of(weights, name => half.Holds(name));
        (PublishedFile nearest, PublishedContent its) = alike.MinBy(f => f.Content.Sketch?.Distance(sketch) ?? WeightSketch.Bits);
        int distance = its.Sketch?.Distance(sketch) ?? WeightSketch.Bits;
        return distance <= WeightSketch.SameWithin ? new FileIdentity(nearest, half, IdentityProof.Sketch, Distance: distance) : null;
    }

    private static List<PublishedFile> ReadBuiltIn()
    {
        using Stream stream = typeof(PublishedFiles).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"the resource {Resource} is not part of this assembly");
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        return Read(memory.ToArray());
    }

    private static List<PublishedFile> Read(byte[] json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        var files = new List<PublishedFile>();
        foreach (JsonElement entry in document.RootElement.EnumerateArray())
        {
            string[] places = entry.TryGetProperty("places", out JsonElement list) ? [.. list.EnumerateArray().Select(p => p.GetString()!)]
                : [];
            long? bytes = entry.TryGetProperty("bytes", out JsonElement size) ? size.GetInt64() : null;
            files.Add(new PublishedFile(entry.GetProperty("file").GetString()!, entry.GetProperty("family").GetString()!, bytes,
                Text(entry, "sha256"), Text(entry, "type"), Text(entry, "licence"), places)
            {
                Encoder = Content(entry, "encoder"),
                Decoder = Content(entry, "decoder"),
            });
        }
        return files;
    }

    private static PublishedContent? Content(JsonElement entry, string half)
    {
        if (!entry.TryGetProperty(half, out JsonElement content)) return null;
        var digests = new Dictionary<DigestLevel, string>();
        foreach (DigestLevel level in Enum.GetValues<DigestLevel>())
            if (Text(content, level.Name()) is { } digest) digests[level] = digest;
        return new PublishedContent(content.GetProperty("parameters").GetInt64(),
            Text(content, "sketch") is { } sketch ? WeightSketch.Parse(sketch) : null, digests);
    }

    private static string? Text(JsonElement entry, string name)
        => entry.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;
}
