using System.Runtime.InteropServices;

namespace LatentSharp.Datasets.Manifests;

/// <summary>Where an entry stands: in which segment, from which byte, and which edition it is.</summary>
internal readonly record struct ManifestPlace(int Segment, int Edition, int Length, long Offset);

/// <summary>
/// Where the entry of each picture stands, by the digest of its name. Of a large manifest it lies in a temporary file, of which only the
/// digest at the head of each page is in memory: a million pictures take some 80 kilobytes. Several threads may read at once.
/// </summary>
internal sealed class ManifestIndex : IDisposable
{
    private const int PageLength = 256, PagesInMemory = 256;

    private readonly List<UInt128> heads = [];
    private readonly List<Page> pages = [];
    private FileStream? file;

    private ManifestIndex()
    {
    }

    /// <summary>How many pictures there are.</summary>
    public int Count { get; private set; }

    /// <summary>Makes the index.</summary>
    /// <param name="places">All places.</param>
    /// <param name="isLater">Whether the first of two places of one picture counts.</param>
    public static ManifestIndex Of(KeyedSort<ManifestPlace> places, Func<ManifestPlace, ManifestPlace, bool> isLater)
    {
        var index = new ManifestIndex();
        try
        {
            var page = new Page(new UInt128[PageLength], new ManifestPlace[PageLength]);
            int held = 0;
            (UInt128 Key, ManifestPlace Value)? last = null;
            foreach ((UInt128 Key, ManifestPlace Value) next in places.Ordered())
            {
                if (last is { } before && before.Key == next.Key)
                {
                    if (isLater(next.Value, before.Value)) last = next;
                    continue;
                }
                Finish();
                last = next;
            }
            Finish();
            if (held > 0) index.Add(new Page(page.Keys[..held], page.Places[..held]), places.Count > PageLength * PagesInMemory);
            return index;

            void Finish()
            {
                if (last is not { } complete) return;
                (page.Keys[held], page.Places[held]) = complete;
                if (++held < PageLength) return;
                index.Add(page, places.Count > PageLength * PagesInMemory);
                (page, held) = (new Page(new UInt128[PageLength], new ManifestPlace[PageLength]), 0);
            }
        }
        catch
        {
            index.Dispose();
            throw;
        }
    }

    /// <summary>Where the entry of a picture stands; null when there is none.</summary>
    public ManifestPlace? Find(UInt128 name)
    {
        int page = heads.BinarySearch(name);
        if (page < 0) page = ~page - 1;
        if (page < 0) return null;
        (UInt128[] keys, ManifestPlace[] places) = PageAt(page);
        int at = Array.BinarySearch(keys, name);
        return at < 0 ? null : places[at];
    }

    /// <summary>All, in the order of the digests.</summary>
    public IEnumerable<(UInt128 Name, ManifestPlace Place)> All()
    {
        for (int p = 0; p < heads.Count; p++)
        {
            (UInt128[] keys, ManifestPlace[] places) = PageAt(p);
            for (int i = 0; i < keys.Length; i++) yield return (keys[i], places[i]);
        }
    }

    public void Dispose() => file?.Dispose();

    private void Add(Page page, bool large)
    {
        heads.Add(page.Keys[0]);
        Count += page.Keys.Length;
        if (!large)
        {
            pages.Add(page);
            return;
        }
        file ??= TemporaryFile.Create();
        file.Write(MemoryMarshal.AsBytes(page.Keys.AsSpan()));
        file.Write(MemoryMarshal.AsBytes(page.Places.AsSpan()));
    }

    private Page PageAt(int page)
    {
        if (file is null) return pages[page];
        int count = Math.Min(PageLength, Count - page * PageLength);
        var read = new Page(new UInt128[count], new ManifestPlace[count]);
        Span<byte> keys = MemoryMarshal.AsBytes(read.Keys.AsSpan()), places = MemoryMarshal.AsBytes(read.Places.AsSpan());
        long offset = (long)page * PageLength * ((keys.Length + places.Length) / count);
        file.ReadWhole(keys, offset);
        file.ReadWhole(places, offset + keys.Length);
        return read;
    }

    private sealed record Page(UInt128[] Keys, ManifestPlace[] Places);
}
