using System.Globalization;
using LatentSharp.Datasets;
using LatentSharp.Datasets.Manifests;
using LatentSharp.Datasets.Sources;

namespace LatentSharp.Service.Datasets;

/// <summary>Says what a data set holds.</summary>
public static class DescribeDataset
{
    // Copies that were saved as good JPEGs or resized differ in none to three of 64 bits.
    private const int MostBits = 3;
    private const int MostPairs = 1000;

    /// <summary>Looks at the manifest alone.</summary>
    /// <param name="output">The data set's folder.</param>
    /// <param name="source">The folder of pictures, to count those that have no latent yet; null not to.</param>
    /// <exception cref="LatentSharpException">There is no data set.</exception>
    public static DatasetStatus Run(string output, string? source = null)
    {
        DatasetFolder folder = DatasetFolder.Open(output);
        using Manifest manifest = folder.OpenManifest();
        int encoded = 0, files = 0;
        long bytes = 0;
        var failed = new List<DatasetProblem>();
        var buckets = new Dictionary<(int, int), int>();
        using var alike = new AlikePictures(MostBits);
        foreach (ManifestEntry entry in manifest.All())
        {
            if (entry.Error is { } error)
            {
                failed.Add(new DatasetProblem(entry.Name, DatasetProblemKind.Failed, error.What));
                continue;
            }
            encoded++;
            files += entry.Files.Count;
            bytes += entry.Files.Sum(f => f.Bytes);
            (int, int) bucket = (entry.Placement!.Bucket[0], entry.Placement.Bucket[1]);
            buckets[bucket] = buckets.GetValueOrDefault(bucket) + 1;
            alike.Add(ManifestSegment.HashOf(entry.Name), ManifestSegment.HashOf(entry.Picture),
                ulong.Parse(entry.Look!, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        }
        int? missing = source is null ? null : PictureSource.Open(source).Names().Count(n => manifest.Find(n) is null);
        return new DatasetStatus(output, EncodeDataset.FactsOf(folder.Settings), encoded, failed, missing, files, bytes,
            [.. buckets.OrderBy(b => b.Key).Select(b => new BucketCount(new PixelSize(b.Key.Item1, b.Key.Item2), b.Value))],
            [.. Same().OrderBy(names => names[0], StringComparer.Ordinal)], NearDuplicates());

        IEnumerable<string[]> Same() => alike.Same().Select(g => g.Select(Name).Order(StringComparer.Ordinal).ToArray());

        IReadOnlyList<NearDuplicate> NearDuplicates()
            => [.. alike.Pairs(MostPairs).Select(p => Pair(Name(p.One), Name(p.Other), p.Bits))
                .OrderBy(p => p.One, StringComparer.Ordinal).ThenBy(p => p.Other, StringComparer.Ordinal)];

        string Name(UInt128 name) => manifest.Find(name)!.Name;

        static NearDuplicate Pair(string one, string other, int bits)
            => string.CompareOrdinal(one, other) < 0 ? new NearDuplicate(one, other, bits) : new NearDuplicate(other, one, bits);
    }
}

/// <summary>What a data set holds.</summary>
/// <param name="Output">Its folder.</param>
/// <param name="Dataset">How it is made.</param>
/// <param name="Encoded">How many pictures have latents.</param>
/// <param name="Failed">Pictures that could not be encoded.</param>
/// <param name="Missing">Pictures of the source that nothing is known of; null when the source was not named.</param>
/// <param name="Files">How many files it has.</param>
/// <param name="Bytes">The bytes of all files.</param>
/// <param name="Buckets">How many latents there are of each size.</param>
/// <param name="Duplicates">Names of pictures with the same content, group by group.</param>
/// <param name="NearDuplicates">Pairs that look the same, such as one that was saved again or resized; at most a thousand.</param>
public sealed record DatasetStatus(string Output, DatasetFacts Dataset, int Encoded, IReadOnlyList<DatasetProblem> Failed, int? Missing,
    int Files, long Bytes, IReadOnlyList<BucketCount> Buckets, IReadOnlyList<IReadOnlyList<string>> Duplicates,
    IReadOnlyList<NearDuplicate> NearDuplicates);

/// <summary>How many latents there are of a size.</summary>
/// <param name="Bucket">The size of what was encoded.</param>
/// <param name="Pictures">How many.</param>
public sealed record BucketCount(PixelSize Bucket, int Pictures);

/// <summary>Two pictures that look the same.</summary>
/// <param name="One">The one.</param>
/// <param name="Other">The other.</param>
/// <param name="Bits">In how many of 64 comparisons of brightness they differ.</param>
public sealed record NearDuplicate(string One, string Other, int Bits);
