using System.Text.Json;

namespace LatentSharp.Weights.Identity;

/// <summary>
/// Digests of large files that need not be read again as long as nothing about the files has changed: length, time of writing and, where
/// the system tells them, number on the disk and time of the last change of any kind. They lie in a folder as <see cref="FileName"/>; one
/// that is damaged, or cannot be written, costs no more than the reading.
/// </summary>
/// <param name="folder">The folder, which need not exist.</param>
/// <param name="from">The fewest bytes that are worth remembering.</param>
/// <param name="clock">The time; null for the system's.</param>
internal sealed class RememberedDigests(string folder, long from = RememberedDigests.Large, TimeProvider? clock = null)
{
    /// <summary>The name of the file.</summary>
    public const string FileName = "digests.json";

    private const string Stamp = "stamp", Digest = "sha256";
    private const long Large = 64 << 20;    // read in a twentieth of a second

    private string File => Path.Combine(folder, FileName);

    /// <summary>The SHA-256 of a file: see <see cref="FileDigest.Sha256"/>.</summary>
    /// <inheritdoc cref="FileDigest.Sha256"/>
    public string Sha256(string path, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
        => Of(path, [path], () => FileDigest.Sha256(path, progress, cancellationToken));

    /// <summary>A digest of what several files hold.</summary>
    /// <param name="path">What stands for them: a folder, an index.</param>
    /// <param name="files">The files.</param>
    /// <param name="compute">Reads them, where it has to be.</param>
    public string Of(string path, IReadOnlyList<string> files, Func<string> compute)
    {
        string key = Path.GetFullPath(path);
        FileStamp[] before = Stamps();
        DateTimeOffset begun = (clock ?? TimeProvider.System).GetUtcNow();
        if (before.Length < files.Count || before.Sum(s => s.Bytes) < from) return compute();
        string stamp = string.Join(", ", before);
        if (Read().TryGetValue(key, out (string Stamp, string Digest) known) && known.Stamp == stamp) return known.Digest;
        string digest = compute();
        if (before.All(s => s.IsSettledAt(begun)) && Stamps().SequenceEqual(before)) Remember(key, stamp, digest);
        return digest;

        // Fewer where one cannot be had: reading it will say why.
        FileStamp[] Stamps()
        {
            try
            {
                return [.. files.Select(FileStamp.Of)];
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or LatentSharpException)
            {
                return [];
            }
        }
    }

    private SortedDictionary<string, (string Stamp, string Digest)> Read()
    {
        var known = new SortedDictionary<string, (string, string)>(StringComparer.Ordinal);
        try
        {
            using JsonDocument document = JsonDocument.Parse(System.IO.File.ReadAllBytes(File));
            foreach (JsonProperty file in document.RootElement.EnumerateObject())
                if (file.Value.GetProperty(Stamp).GetString() is { } stamp && file.Value.GetProperty(Digest).GetString() is { } digest)
                    known[file.Name] = (stamp, digest);
            return known;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException
            or KeyNotFoundException)
        {
            return [];
        }
    }

    private void Remember(string key, string stamp, string digest)
    {
        SortedDictionary<string, (string Stamp, string Digest)> known = Read();
        foreach (string gone in known.Keys.Where(k => !Path.Exists(k)).ToArray()) known.Remove(gone);
        known[key] = (stamp, digest);
        try
        {
            Directory.CreateDirectory(folder);
            AtomicFile.Write(File, stream =>
            {
                using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
                json.WriteStartObject();
                foreach ((string path, (string one, string of)) in known)
                {
                    json.WriteStartObject(path);
                    json.WriteString(Stamp, one);
                    json.WriteString(Digest, of);
                    json.WriteEndObject();
                }
                json.WriteEndObject();
            });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or LatentSharpException)
        {
            // The next call reads the file again.
        }
    }
}
