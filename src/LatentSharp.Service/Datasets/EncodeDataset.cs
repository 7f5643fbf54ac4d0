using System.Diagnostics;
using LatentSharp.Datasets;
using LatentSharp.Datasets.Manifests;
using LatentSharp.Datasets.Sources;
using LatentSharp.Service.Autoencoders;
using LatentSharp.Service.Batches;

namespace LatentSharp.Service.Datasets;

/// <summary>Turns a folder of pictures into latents as a trainer reads them.</summary>
public static class EncodeDataset
{
    /// <summary>Encodes what is not there already. Pictures that cannot be encoded are listed, the others are done.</summary>
    /// <param name="library">Where autoencoders are found by name.</param>
    /// <param name="request">What to do.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="items">Told every picture as it is finished: a <see cref="DatasetPicture"/> or a <see cref="FailedItem"/>.</param>
    /// <param name="planned">Told how fast it will be, before it begins.</param>
    /// <param name="cancellationToken">Ends it soon; what is written stays, and the next run goes on from there.</param>
    /// <exception cref="LatentSharpException">The request makes no sense, the data set is made in another way, or its disk is
    /// full.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled before anything was done.</exception>
    public static EncodeDatasetResult Run(AutoencoderLibrary library, EncodeDatasetRequest request, IProgress<JobProgress>? progress = null,
        IProgress<BatchItem>? items = null, Action<DatasetForecast>? planned = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(library);
        ArgumentNullException.ThrowIfNull(request);
        string? there = request.Autoencoder ?? DatasetFolder.SettingsOf(request.Output)?.AutoencoderName;
        // What is wrong with the source is said before anything large is opened.
        PictureSource.Open(request.Source);
        using OpenedAutoencoder opened = OpenedAutoencoder.Open(library, there);
        using DatasetRun run = DatasetRun.Begin(request.Source, request.Output, opened.Autoencoder, opened.Facts.Path ?? opened.Facts.Name,
            request.Options, cancellationToken);
        DatasetForecast forecast = run.Forecast(cancellationToken);
        planned?.Invoke(forecast);
        var tally = new Tally(run.Total, request.KeepResults, progress, items);
        var watch = Stopwatch.StartNew();
        bool cancelled = false;
        try
        {
            run.Run(tally.Add, cancellationToken);
        }
        catch (OperationCanceledException) when (tally.Done > 0)
        {
            cancelled = true;
        }
        double? rate = tally.Done > 0 ? Math.Round(tally.Done / watch.Elapsed.TotalSeconds, 3) : null;
        return new EncodeDatasetResult(opened.Facts, request.Output, FactsOf(run.Folder.Settings), tally.Results, tally.Failed,
            tally.Outcome(cancelled), run.Workers.Workers, rate, forecast);
    }

    /// <summary>What a result says of a data set's settings.</summary>
    internal static DatasetFacts FactsOf(DatasetSettings s)
        => new(s.Format, s.Architecture, s.Rule.Text, Tensors.ElementTypes.Name(s.Type), s.Seed, s.Space, s.AutoencoderName, s.Autoencoder);

    /// <summary>Counts pictures as they are finished.</summary>
    private sealed class Tally(int total, bool keep, IProgress<JobProgress>? progress, IProgress<BatchItem>? items)
    {
        private int skipped;

        public List<DatasetPicture> Results { get; } = [];

        public List<FailedItem> Failed { get; } = [];

        public int Done { get; private set; }

        public BatchOutcome Outcome(bool cancelled) => new(total, Done, skipped, Failed.Count, cancelled);

        public void Add(EncodedEntry encoded)
        {
            ManifestEntry entry = encoded.Entry;
            if (entry.Error is { } error)
            {
                var failed = new FailedItem(entry.Name, new Problem(error.Kind, entry.Name, error.What, error.Next));
                Failed.Add(failed);
                items?.Report(failed);
            }
            else
            {
                if (encoded.WasThere) skipped++;
                else Done++;
                var picture = new DatasetPicture(entry.Name, encoded.WasThere ? ItemStatus.Skipped : ItemStatus.Done,
                    [.. entry.Files.Select(f => f.Name)], SizeOf(entry.Placement!.Picture), SizeOf(entry.Placement.Bucket),
                    Math.Round(encoded.Seconds, 3), entry.Notes);
                if (keep) Results.Add(picture);
                items?.Report(picture);
            }
            // What was there already took no time to speak of, so it counts for nothing in the time that is left.
            int seen = Done + skipped + Failed.Count;
            progress?.Report(new JobProgress((double)(seen - skipped) / Math.Max(1, total - skipped), "", entry.Name, seen, total));
        }

        private static PixelSize SizeOf(int[] size) => new(size[0], size[1]);
    }
}
