using System.Numerics;
using LatentSharp.Datasets.Manifests;
using LatentSharp.Datasets.Preprocessing;

namespace LatentSharp.Datasets;

/// <summary>
/// Finds pictures with the same content, and pairs that look the same (<see cref="PictureLook"/>), among any number of pictures in a few
/// megabytes.
/// </summary>
/// <param name="most">The most bits in which two looks may differ.</param>
internal sealed class AlikePictures(int most) : IDisposable
{
    // More than this have a band in common only when there is next to nothing in it, such as a black sky; such a band tells nothing.
    private const int LargestGroup = 20_000;

    private readonly KeyedSort<(UInt128 Name, ulong Look)> contents = new();
    private readonly List<UInt128[]> same = [];
    private readonly KeyedSort<UInt128>[] bands = [.. Enumerable.Range(0, most + 1).Select(_ => new KeyedSort<UInt128>())];

    /// <summary>Adds a picture.</summary>
    /// <param name="name">The digest of its name.</param>
    /// <param name="content">The digest of its file.</param>
    /// <param name="look">What it looks like.</param>
    public void Add(UInt128 name, UInt128 content, ulong look) => contents.Add(content, (name, look));

    /// <summary>The names of pictures with the same content, group by group.</summary>
    public IReadOnlyList<UInt128[]> Same()
    {
        var group = new List<UInt128>();
        UInt128? last = null;
        foreach ((UInt128 content, (UInt128 name, ulong look)) in contents.Ordered())
        {
            if (content != last)
            {
                Finish();
                // One of each content is compared with the others.
                for (int band = 0; band < bands.Length; band++) bands[band].Add(new UInt128(look & Mask(band), look), name);
            }
            last = content;
            group.Add(name);
        }
        Finish();
        return same;

        void Finish()
        {
            if (group.Count > 1) same.Add([.. group]);
            group.Clear();
        }
    }

    /// <summary>Pairs that differ in no more than a few bits, and in how many. <see cref="Same"/> comes first.</summary>
    /// <param name="limit">The most pairs that are looked for.</param>
    public IReadOnlyCollection<(UInt128 One, UInt128 Other, int Bits)> Pairs(int limit)
    {
        // Of most + 1 bands at least one has to be equal, so only those that share a band are compared.
        var found = new SortedSet<(UInt128, UInt128, int)>();
        foreach (KeyedSort<UInt128> band in bands)
        {
            var group = new List<(ulong Look, UInt128 Name)>();
            ulong last = 0;
            foreach ((UInt128 key, UInt128 name) in band.Ordered())
            {
                ulong bits = (ulong)(key >> 64);
                if (bits != last && Compare(group)) return found;
                last = bits;
                if (group.Count <= LargestGroup) group.Add(((ulong)key, name));
            }
            if (Compare(group)) return found;
        }
        return found;

        // Returns whether there are enough.
        bool Compare(List<(ulong Look, UInt128 Name)> group)
        {
            for (int i = 0; i < group.Count && group.Count <= LargestGroup; i++)
            {
                for (int j = i + 1; j < group.Count; j++)
                {
                    int bits = BitOperations.PopCount(group[i].Look ^ group[j].Look);
                    if (bits > most) continue;
                    (UInt128 one, UInt128 other) = (group[i].Name, group[j].Name);
                    found.Add(one < other ? (one, other, bits) : (other, one, bits));
                    if (found.Count == limit) return true;
                }
            }
            group.Clear();
            return false;
        }
    }

    public void Dispose()
    {
        contents.Dispose();
        foreach (KeyedSort<UInt128> band in bands) band.Dispose();
    }

    private ulong Mask(int band)
    {
        int from = 64 * band / bands.Length, count = 64 * (band + 1) / bands.Length - from;
        return ((1UL << count) - 1) << from;
    }
}
