using LatentSharp.Datasets;
using LatentSharp.Datasets.Manifests;
using LatentSharp.Datasets.Sources;

namespace LatentSharp.Service.Datasets;

/// <summary>Removes the latents of pictures that are in the source no more. Nothing else is ever removed.</summary>
public static class PruneDataset
{
    /// <summary>Removes, or says what would be removed.</summary>
    /// <param name="source">The folder of pictures.</param>
    /// <param name="output">The data set's folder.</param>
    /// <param name="dryRun">Whether it is only said.</param>
    /// <exception cref="LatentSharpException">There is no data set, or none of its pictures is in the source.</exception>
    public static PruneDatasetResult Run(string source, string output, bool dryRun)
    {
        DatasetFolder folder = DatasetFolder.Open(output);
        PictureSource pictures = PictureSource.Open(source);
        using Manifest manifest = folder.OpenManifest();
        GonePictures gone = GonePictures.Find(manifest, pictures);
        if (gone.Present == 0 && manifest.Count > 0)
            throw new LatentSharpException(ErrorKind.Mismatch, source, $"none of the {manifest.Count} pictures of {output} is in it.",
                "Name what the data set was made from; to remove all of it, remove its folder.");
        IReadOnlyList<EntryFile> files = gone.FilesOfTheirOwn(manifest);
        if (!dryRun && gone.Entries.Count > 0)
        {
            // Files first: when this is interrupted, their entries are found again.
            foreach (EntryFile file in files) File.Delete(folder.FullPath(file.Name));
            HashSet<string> names = [.. gone.Entries.Select(e => e.Name)];
            manifest.Publish(e => !names.Contains(e.Name));
            DatasetPacker.Refresh(folder, CancellationToken.None);
        }
        return new PruneDatasetResult(output, dryRun, [.. gone.Entries.Select(e => e.Name).Order(StringComparer.Ordinal)],
            [.. files.Select(f => f.Name).Order(StringComparer.Ordinal)], files.Sum(f => f.Bytes));
    }
}

/// <summary>What was removed.</summary>
/// <param name="Output">The data set's folder.</param>
/// <param name="DryRun">Whether it was only looked at.</param>
/// <param name="Gone">The pictures that are in the source no more.</param>
/// <param name="Files">The files, below the data set's folder.</param>
/// <param name="Bytes">Their bytes.</param>
public sealed record PruneDatasetResult(string Output, bool DryRun, IReadOnlyList<string> Gone, IReadOnlyList<string> Files, long Bytes);
