using System.Text.Json;
using LatentSharp.Weights;
using LatentSharp.Weights.Identity;

namespace LatentSharp.Datasets.Manifests;

/// <summary>
/// What was made of the pictures of a data set: the union of all segments in its folder. Whoever encodes appends to a journal of its own,
/// so nobody waits for anybody; complete runs are taken together into one segment, which is named by its content, in the order of the
/// digests of the names. Nothing is removed before what is in it stands elsewhere. However many pictures there are, it takes a few
/// megabytes.
/// </summary>
internal sealed class Manifest : IDisposable
{
    /// <summary>How segments end that nobody writes to any more.</summary>
    public const string Sealed = ".jsonl";

    private readonly string folder;
    private readonly List<ManifestSegment> segments = [];
    private ManifestIndex? index;

    private Manifest(string folder) => this.folder = folder;

    /// <summary>How many pictures there is an entry of.</summary>
    public int Count => Index.Count;

    private ManifestIndex Index => index!;

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
            using var places = new KeyedSort<ManifestPlace>();
            for (int i = 0; i < manifest.segments.Count; i++)
            {
                int segment = i;
                manifest.segments[i].Scan((hash, edition, offset, length) => places.Add(hash, new ManifestPlace(segment, edition, length,
                    offset)));
            }
            manifest.index = ManifestIndex.Of(places, manifest.IsLater);
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
    public ManifestEntry? Find(UInt128 name) => Index.Find(name) is { } place ? Read(place) : null;

    /// <summary>The digests of all names, in their order.</summary>
    public IEnumerable<UInt128> Names() => Index.All().Select(e => e.Name);

    /// <summary>All entries, in the order of the digests of their names.</summary>
    public IEnumerable<ManifestEntry> All()
    {
        foreach ((_, ManifestPlace place) in Index.All()) yield return Read(place);
    }

    /// <summary>
    /// Takes everything together into one segment. Segments that are in it are removed, and journals of runs that are over.
    /// </summary>
    /// <param name="keep">Which entries are kept; null for all.</param>
    /// <param name="own">A journal of this process that is complete.</param>
    public void Publish(Func<ManifestEntry, bool>? keep = null, string? own = null)
    {
        using var hash = new Sha256();
        foreach (byte[] line in Kept())
        {
            hash.Append(line);
            hash.Append("\n"u8);
        }
        string path = Path.Combine(folder, hash.Finish()[..16] + Sealed);
        if (!File.Exists(path))
        {
            AtomicFile.Write(path, stream =>
            {
                foreach (byte[] line in Kept())
                {
                    stream.Write(line);
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

        IEnumerable<byte[]> Kept()
            => Index.All().Where(e => keep is null || keep(Read(e.Place))).Select(e => Line(e.Place));
    }

    public void Dispose()
    {
        index?.Dispose();
        foreach (ManifestSegment segment in segments) segment.Dispose();
    }

    private IEnumerable<string> Paths()
        => !Directory.Exists(folder) ? []
            : Directory.EnumerateFiles(folder)
                .Where(f => f.EndsWith(Sealed, StringComparison.Ordinal) || f.EndsWith(Journal.Extension, StringComparison.Ordinal))
                .Order(StringComparer.Ordinal).ToArray();

    // Two writers may have done the same picture at the same time; then the same of the two is taken by everyone.
    private bool IsLater(ManifestPlace one, ManifestPlace other)
        => one.Edition != other.Edition ? one.Edition > other.Edition : Line(one).AsSpan().SequenceCompareTo(Line(other)) > 0;

    private byte[] Line(ManifestPlace place) => segments[place.Segment].Line(place.Offset, place.Length);

    private ManifestEntry Read(ManifestPlace place)
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
}
