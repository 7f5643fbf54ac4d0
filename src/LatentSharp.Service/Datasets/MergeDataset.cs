using LatentSharp.Datasets;
using LatentSharp.Datasets.Manifests;
using LatentSharp.Datasets.Sources;

namespace LatentSharp.Service.Datasets;

/// <summary>Takes what several workers wrote down together, once there is a result of every picture.</summary>
public static class MergeDataset
{
    private const int Named = 5;

    /// <summary>Merges.</summary>
    /// <param name="source">The folder of pictures.</param>
    /// <param name="output">The data set's folder.</param>
    /// <param name="shards">How many parts there were, to say which are not finished; null when that is not known.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="LatentSharpException">A picture is missing: it is named.</exception>
    public static MergeDatasetResult Run(string source, string output, int? shards = null, CancellationToken cancellationToken = default)
    {
        DatasetFolder folder = DatasetFolder.Open(output);
        using Manifest manifest = folder.OpenManifest();
        // Some names are enough: of a million that are missing a million are not kept.
        var missing = new List<string>();
        var parts = new SortedSet<int>();
        int without = 0;
        var failed = new List<DatasetProblem>();
        int pictures = 0;
        foreach (string name in PictureSource.Open(source).Names())
        {
            pictures++;
            ManifestEntry? entry = manifest.Find(name);
            if (entry?.Error is { } error) failed.Add(new DatasetProblem(name, DatasetProblemKind.Failed, error.What));
            else if (entry is null || !folder.HasFiles(entry))
            {
                without++;
                if (missing.Count < Named) missing.Add(name);
                if (shards is { } count) parts.Add(Shard.Of(name, count));
            }
        }
        if (without > 0) throw Incomplete(output, pictures, without, missing, parts, shards);
        manifest.Publish();
        DatasetPacker.Refresh(folder, cancellationToken);
        return new MergeDatasetResult(output, EncodeDataset.FactsOf(folder.Settings), pictures - failed.Count, failed);
    }

    private static LatentSharpException Incomplete(string output, int pictures, int without, List<string> missing, SortedSet<int> parts,
        int? shards)
    {
        string names = string.Join(", ", missing) + (without > Named ? ", ..." : "");
        string where = parts.Count == 0 ? "" : $" They belong to the {(parts.Count == 1 ? "part" : "parts")} {string.Join(", ", parts)} of {shards}.";
        return new LatentSharpException(ErrorKind.BadInput, output,
            $"{without} of {pictures} {(without == 1 ? "picture has" : "pictures have")} no latent yet: {names}.{where}",
            "Encode what is missing, by the same command, with or without its part, and merge again.");
    }
}

/// <summary>A data set that is complete.</summary>
/// <param name="Output">Its folder.</param>
/// <param name="Dataset">How it is made.</param>
/// <param name="Encoded">How many pictures have latents.</param>
/// <param name="Failed">Those that could not be encoded.</param>
public sealed record MergeDatasetResult(string Output, DatasetFacts Dataset, int Encoded, IReadOnlyList<DatasetProblem> Failed);
