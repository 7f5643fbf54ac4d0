using System.Text.Json;
using LatentSharp.Weights;
using LatentSharp.Weights.Identity;

namespace LatentSharp.Datasets.Manifests;

/// <summary>
/// What was made of the pictures of a data set: the union of all segments in its folder. Whoever encodes appends to a journal of its own,
/// so nobody waits for anybody; complete runs are taken together into one segment, which is named by its content, in the order of the
/// digests of the names. Nothing is removed before what is in it stands elsewhere. In memory there are some fifty bytes for an entry.
/// </summary>
internal sealed class Manifest : IDisposable
{
    /// <summary>How segments end that nobody writes to any more.</summary>
    public const string Sealed = ".jsonl";

    private readonly string folder;
    private readonly List<ManifestSegment> segments = [];
    private readonly Dictionary<UInt128, Place> places = [];

    private Manifest(string folder) => this.folder = folder;

    /// <summary>How many pictures there is an entry of.</summary>
    public int Count => places.Count;

    /// <summary>Reads what is in the folder now.</summary>
    public static Manifest Open(string folder)
    {
        var manifest = new Manifest(folder);
        try
        {
            // A segment that vanishes while they are opened has become part of another, which a second look finds.
            for (bool complete = false; !complete;)
            {
                foreach (ManifestSegment segment in manifest.segments) segment.Dispose();
                manifest.segments.Clear();
                complete = true;
                foreach (string path in manifest.Paths())
                {
                    if (ManifestSegment.Open(path) is { } segment) manifest.segments.Add(segment);
                    else complete = false;
                }
            }
            for (int i = 0; i < manifest.segments.Count; i++) manifest.Index(i);
            return manifest;
        }
        catch
        {
            manifest.Dispose();
            throw;
        }
    }

    /// <summary>The entry of a picture; null when there is none.</summary>
    public ManifestEntry? Find(string name) => Find(ManifestSegment.HashOf(name));

    /// <summary>The entry of a picture whose name has a digest; null when there is none.</summary>
    public ManifestEntry? Find(UInt128 name) => places.TryGetValue(name, out Place place) ? Read(place) : null;

    /// <summary>All entries, in the order of the digests of their names.</summary>
    public IEnumerable<ManifestEntry> All()
    {
        foreach (UInt128 hash in Ordered()) yield return Read(places[hash]);
    }

    /// <summary>
    /// Takes everything together into one segment. Segments that are in it are removed, and journals of runs that are over.
    /// </summary>
    /// <param name="keep">Which entries are kept; null for all.</param>
    /// <param name="own">A journal of this process that is complete.</param>
    public void Publish(Func<ManifestEntry, bool>? keep = null, string? own = null)
    {
        UInt128[] order = [.. Ordered().Where(h => keep is null || keep(Read(places[h])))];
        using var hash = new Sha256();
        foreach (UInt128 h in order)
        {
            hash.Append(Line(places[h]));
            hash.Append("\n"u8);
        }
        string path = Path.Combine(folder, hash.Finish()[..16] + Sealed);
        if (!File.Exists(path))
        {
            AtomicFile.Write(path, stream =>
            {
                foreach (UInt128 h in order)
                {
                    stream.Write(Line(places[h]));
                    stream.Write("\n"u8);
                }
            });
        }
        string? mine = own is null ? null : Path.GetFullPath(own), result = Path.GetFullPath(path);
        foreach (ManifestSegment segment in segments)
        {
            string other = segment.Path;
            if (other == result || !(other.EndsWith(Sealed, StringComparison.Ordinal) || other == mine || Journal.IsOver(other))) continue;
            File.Delete(other);
        }
    }

    public void Dispose()
    {
        foreach (ManifestSegment segment in segments) segment.Dispose();
    }

    private IEnumerable<string> Paths()
        => !Directory.Exists(folder) ? []
            : Directory.EnumerateFiles(folder)
                .Where(f => f.EndsWith(Sealed, StringComparison.Ordinal) || f.EndsWith(Journal.Extension, StringComparison.Ordinal))
                .Order(StringComparer.Ordinal).ToArray();

    private void Index(int segment)
        => segments[segment].Scan((hash, edition, offset, length) =>
        {
            var place = new Place(segment, edition, length, offset);
            if (!places.TryGetValue(hash, out Place there) || IsLater(place, there)) places[hash] = place;
        });

    // Two writers may have done the same picture at the same time; then the same of the two is taken by everyone.
    private bool IsLater(Place one, Place other)
        => one.Edition != other.Edition ? one.Edition > other.Edition : Line(one).AsSpan().SequenceCompareTo(Line(other)) > 0;

    private UInt128[] Ordered()
    {
        UInt128[] hashes = [.. places.Keys];
        Array.Sort(hashes);
        return hashes;
    }

    private byte[] Line(Place place) => segments[place.Segment].Line(place.Offset, place.Length);

    private ManifestEntry Read(Place place)
    {
        try
        {
            return JsonSerializer.Deserialize(Line(place), ManifestJson.Default.ManifestEntry)!;
        }
        catch (JsonException e)
        {
            throw new LatentSharpException(ErrorKind.BadInput, segments[place.Segment].Path, "a line of this manifest is not as it was written.",
                "Remove the file; what only it says is encoded again.", e);
        }
    }

    private readonly record struct Place(int Segment, int Edition, int Length, long Offset);
}
