using LatentSharp.Datasets;
using LatentSharp.Datasets.Manifests;
using LatentSharp.Datasets.Sources;

namespace LatentSharp.Service.Datasets;

/// <summary>Says what a data set holds.</summary>
public static class DescribeDataset
{
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
        // Digests, not names: of a million pictures there are 32 megabytes of them.
        var first = new Dictionary<UInt128, UInt128>();
        var alike = new SortedDictionary<string, List<string>>(StringComparer.Ordinal);
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
            UInt128 content = ManifestSegment.HashOf(entry.Picture);
            if (first.TryAdd(content, ManifestSegment.HashOf(entry.Name))) continue;
            if (!alike.TryGetValue(entry.Picture, out List<string>? same))
                alike[entry.Picture] = same = [manifest.Find(first[content])!.Name];
            same.Add(entry.Name);
        }
        int? missing = source is null ? null : PictureSource.Open(source).Names().Count(n => manifest.Find(n) is null);
        return new DatasetStatus(output, EncodeDataset.FactsOf(folder.Settings), encoded, failed, missing, files, bytes,
            [.. buckets.OrderBy(b => b.Key).Select(b => new BucketCount(new PixelSize(b.Key.Item1, b.Key.Item2), b.Value))],
            [.. alike.Values.Select(same => same.Order(StringComparer.Ordinal).ToArray())]);
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
public sealed record DatasetStatus(string Output, DatasetFacts Dataset, int Encoded, IReadOnlyList<DatasetProblem> Failed, int? Missing,
    int Files, long Bytes, IReadOnlyList<BucketCount> Buckets, IReadOnlyList<IReadOnlyList<string>> Duplicates);

/// <summary>How many latents there are of a size.</summary>
/// <param name="Bucket">The size of what was encoded.</param>
/// <param name="Pictures">How many.</param>
public sealed record BucketCount(PixelSize Bucket, int Pictures);
