using System.Text.Json;
using LatentSharp.Errors;

namespace LatentSharp.Autoencoders;

/// <summary>
/// The catalogue of published autoencoder files. It is a JSON file that is part of the library (<c>assets/catalogue/known-autoencoders.json</c>); a file of the same
/// form called <see cref="UserFileName"/> in the library's home adds to it.
/// </summary>
public sealed class KnownFiles
{
    /// <summary>The name of a user's own catalogue.</summary>
    public const string UserFileName = "known-autoencoders.json";

    private const string Resource = "LatentSharp.known-autoencoders.json";

    private KnownFiles(IReadOnlyList<KnownFile> all) => All = all;

    /// <summary>The catalogue that is part of the library.</summary>
    public static KnownFiles BuiltIn { get; } = new(ReadBuiltIn());

    /// <summary>Every file, the user's own first.</summary>
    public IReadOnlyList<KnownFile> All { get; }

    /// <summary>The built-in catalogue with a user's own in front; the built-in one when there is no such file.</summary>
    /// <param name="userFile">The path of the user's catalogue; null for <see cref="UserFileName"/> in the default library's home.</param>
    /// <exception cref="LatentSharpException">The user's file is not a catalogue.</exception>
    public static KnownFiles Load(string? userFile = null)
    {
        userFile ??= Path.Combine(new AutoencoderLibrary().Home, UserFileName);
        if (!File.Exists(userFile)) return BuiltIn;
        try
        {
            return new KnownFiles([.. Read(File.ReadAllBytes(userFile)), .. BuiltIn.All]);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new LatentSharpException(ErrorKind.BadInput, userFile, "this is not a catalogue: a JSON array of objects with `file`, `family` and, where known, `bytes`, `sha256`, `type`, `licence`, `places`.", "Correct it or take it away.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LatentSharpException(ErrorKind.BadInput, userFile, $"the catalogue cannot be read: {e.Message}", null, e);
        }
    }

    /// <summary>The file whose size is exactly this, when there is only one; null otherwise. Sizes of weight files are telling: they count names, types and metadata.</summary>
    public KnownFile? OfSize(long bytes)
    {
        KnownFile[] same = [.. All.Where(f => f.Bytes == bytes)];
        return same.Length > 0 && same.All(f => f.Family == same[0].Family) ? same[0] : null;
    }

    /// <summary>The file with this SHA-256, or null.</summary>
    public KnownFile? OfDigest(string sha256) => All.FirstOrDefault(f => string.Equals(f.Sha256, sha256, StringComparison.OrdinalIgnoreCase));

    private static List<KnownFile> ReadBuiltIn()
    {
        using Stream stream = typeof(KnownFiles).Assembly.GetManifestResourceStream(Resource) ?? throw new InvalidOperationException($"the resource {Resource} is not part of this assembly");
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        return Read(memory.ToArray());
    }

    private static List<KnownFile> Read(byte[] json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        var files = new List<KnownFile>();
        foreach (JsonElement entry in document.RootElement.EnumerateArray())
        {
            string[] places = entry.TryGetProperty("places", out JsonElement list) ? [.. list.EnumerateArray().Select(p => p.GetString()!)] : [];
            long? bytes = entry.TryGetProperty("bytes", out JsonElement size) ? size.GetInt64() : null;
            files.Add(new KnownFile(entry.GetProperty("file").GetString()!, entry.GetProperty("family").GetString()!, bytes, Text(entry, "sha256"), Text(entry, "type"), Text(entry, "licence"), places));
        }
        return files;
    }

    private static string? Text(JsonElement entry, string name) => entry.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;
}
