using LatentSharp.Datasets.Manifests;
using LatentSharp.Datasets.Sources;

namespace LatentSharp.Datasets;

/// <summary>Entries of a manifest whose pictures are not in the source any more.</summary>
internal sealed class GonePictures
{
    private readonly Dictionary<string, string> byContent = new(StringComparer.Ordinal);

    private GonePictures(List<ManifestEntry> entries, int present)
    {
        (Entries, Present) = (entries, present);
        foreach (ManifestEntry entry in entries) byContent.TryAdd(entry.Picture, entry.Name);
    }

    /// <summary>The entries.</summary>
    public IReadOnlyList<ManifestEntry> Entries { get; }

    /// <summary>How many pictures of the source there is an entry of.</summary>
    public int Present { get; }

    /// <summary>Holds a manifest against a source.</summary>
    public static GonePictures Find(Manifest manifest, PictureSource source)
    {
        using var names = new KeyedSort<byte>();
        foreach (string name in source.Names()) names.Add(ManifestSegment.HashOf(name), 0);
        var gone = new List<ManifestEntry>();
        int present = 0;
        // Both in the order of the digests.
        using IEnumerator<(UInt128 Key, byte)> there = names.Ordered().GetEnumerator();
        bool more = there.MoveNext();
        foreach (UInt128 entry in manifest.Names())
        {
            while (more && there.Current.Key < entry) more = there.MoveNext();
            if (more && there.Current.Key == entry) present++;
            else gone.Add(manifest.Find(entry)!);
        }
        return new GonePictures(gone, present);
    }

    /// <summary>The name that a picture of the given content had; null for none.</summary>
    public string? NameOf(string digest) => byContent.GetValueOrDefault(digest);

    /// <summary>The files of the entries that belong to no other entry: a renamed picture may have the same file as before.</summary>
    public IReadOnlyList<EntryFile> FilesOfTheirOwn(Manifest manifest)
    {
        HashSet<string> theirs = [.. Entries.Select(e => e.Name)];
        var files = new Dictionary<string, EntryFile>(StringComparer.Ordinal);
        foreach (EntryFile file in Entries.SelectMany(e => e.Files)) files[file.Name] = file;
        foreach (ManifestEntry entry in manifest.All())
            if (!theirs.Contains(entry.Name))
                foreach (EntryFile file in entry.Files) files.Remove(file.Name);
        return [.. files.Values];
    }
}
