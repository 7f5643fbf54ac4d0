using LatentSharp.Datasets;
using LatentSharp.Datasets.Manifests;
using LatentSharp.Datasets.Sources;
using LatentSharp.Service.Autoencoders;
using LatentSharp.Weights.Identity;

namespace LatentSharp.Service.Datasets;

/// <summary>Says what encoding would do, and why, without doing it.</summary>
public static class DiffDataset
{
    /// <summary>Compares.</summary>
    /// <param name="library">Where autoencoders are found by name.</param>
    /// <param name="request">The request that encoding would get.</param>
    /// <param name="progress">Told how far it is: every picture is read.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="LatentSharpException">The request makes no sense.</exception>
    public static DiffDatasetResult Run(AutoencoderLibrary library, EncodeDatasetRequest request, IProgress<JobProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(library);
        ArgumentNullException.ThrowIfNull(request);
        PictureSource source = PictureSource.Open(request.Source);
        DatasetSettings? there = DatasetFolder.SettingsOf(request.Output);
        using OpenedAutoencoder opened = OpenedAutoencoder.Open(library, request.Autoencoder ?? there?.AutoencoderName);
        DatasetSettings settings = request.Options.Settings(there, opened.Autoencoder, opened.Facts.Path ?? opened.Facts.Name,
            cancellationToken);
        DatasetDifference[] differences = there is null ? []
            : [.. there.Differences(settings).Select(d => new DatasetDifference(d.What, d.Here, d.There))];
        int total = source.Count(), seen = 0;
        if (there is null)
            return new DiffDatasetResult(request.Output, EncodeDataset.FactsOf(settings), differences, total, 0, 0,
                [.. source.Names().Select(n => new StalePicture(n, StaleReason.New, null))], []);
        DatasetFolder folder = DatasetFolder.Open(request.Output);
        using Manifest manifest = folder.OpenManifest();
        GonePictures gone = GonePictures.Find(manifest, source);
        var staleness = new Staleness(folder, settings, request.Options.RetryFailed);
        var stale = new List<StalePicture>();
        int failed = 0;
        foreach (SourcePicture picture in source.Pictures())
        {
            cancellationToken.ThrowIfCancellationRequested();
            progress?.Report(new JobProgress((double)seen++ / total, "", picture.Name, seen, total));
            ManifestEntry? before = manifest.Find(picture.Name);
            string digest = Digest(picture, cancellationToken);
            StaleReason? reason = request.Options.Again && before is not null ? StaleReason.Asked : staleness.Of(before, digest);
            string? was = reason == StaleReason.New ? gone.NameOf(digest) : null;
            if (was is not null) reason = StaleReason.Renamed;
            if (reason is { } why) stale.Add(new StalePicture(picture.Name, why, was));
            else if (before!.Error is not null) failed++;
        }
        return new DiffDatasetResult(request.Output, EncodeDataset.FactsOf(settings), differences, total, total - stale.Count - failed,
            failed, stale, [.. gone.Entries.Select(e => e.Name).Order(StringComparer.Ordinal)]);
    }

    /// <summary>SHA-256 of a picture's file; empty when it cannot be read, as an entry of such a picture has it.</summary>
    internal static string Digest(SourcePicture picture, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            return Sha256.Of(picture.Read());
        }
        catch (LatentSharpException)
        {
            return "";
        }
    }
}
