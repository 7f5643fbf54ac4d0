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
    /// <param name="cancellationToken">Ends it soon; what is written stays, and the next run goes on from there.</param>
    /// <exception cref="LatentSharpException">The request makes no sense, the data set is made in another way, or its disk is
    /// full.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled before anything was done.</exception>
    public static EncodeDatasetResult Run(AutoencoderLibrary library, EncodeDatasetRequest request, IProgress<JobProgress>? progress = null,
        IProgress<BatchItem>? items = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(library);
        ArgumentNullException.ThrowIfNull(request);
        Shard? shard = request.Shard is { } asked ? new Shard(asked.Index, asked.Count) : null;
        PictureSource source = PictureSource.Open(request.Source);
        int total = source.Count(shard);
        if (total == 0 && (shard is null || source.Count() == 0))
            throw new LatentSharpException(ErrorKind.BadInput, request.Source, "there are no pictures in it.",
                "Name a folder, a list, a .tar or a .zip with PNG, JPEG, WebP, TIFF, AVIF or GIF files.");
        DatasetSettings? there = DatasetFolder.SettingsOf(request.Output);
        using OpenedAutoencoder opened = OpenedAutoencoder.Open(library, request.Choice.Autoencoder ?? there?.AutoencoderName);
        DatasetSettings settings = request.Choice.Settings(there, opened, cancellationToken);
        EncoderOptions options = DatasetEncoder.Share(opened.Autoencoder, settings.Rule, request.Compute) with
        {
            Again = request.Again,
            RetryFailed = request.RetryFailed,
        };
        DatasetFolder folder = DatasetFolder.OpenOrBegin(request.Output, settings);
        using var encoder = new DatasetEncoder(folder, opened.Autoencoder, options);
        var tally = new Tally(total, request.KeepResults, progress, items);
        var watch = Stopwatch.StartNew();
        bool cancelled = Encode(folder, encoder, source.Pictures(shard), shard is null, tally, cancellationToken);
        double? rate = tally.Done > 0 ? Math.Round(tally.Done / watch.Elapsed.TotalSeconds, 3) : null;
        return new EncodeDatasetResult(opened.Facts, request.Output, FactsOf(folder.Settings), tally.Results, tally.Failed,
            tally.Outcome(cancelled), options.Workers, rate);
    }

    /// <summary>What a result says of a data set's settings.</summary>
    internal static DatasetFacts FactsOf(DatasetSettings s)
        => new(s.Format, s.Architecture, s.Rule.Text, Tensors.ElementTypes.Name(s.Type), s.Seed, s.Space, s.AutoencoderName, s.Autoencoder);

    // Returns whether it was cancelled after something was done.
    private static bool Encode(DatasetFolder folder, DatasetEncoder encoder, IEnumerable<SourcePicture> pictures, bool whole, Tally tally,
        CancellationToken cancellationToken)
    {
        bool cancelled = false;
        using var journal = new Journal(folder.Manifests);
        try
        {
            using Manifest manifest = folder.OpenManifest();
            encoder.Run(pictures, manifest, journal, tally.Add, cancellationToken);
        }
        catch (OperationCanceledException) when (tally.Done > 0)
        {
            cancelled = true;
        }
        catch
        {
            journal.Seal();
            throw;
        }
        if (!whole)
        {
            // Taking everything together is left to whoever merges: a thousand workers would do it a thousand times.
            journal.Seal();
            return cancelled;
        }
        using Manifest all = folder.OpenManifest();
        all.Publish(own: journal.Path);
        return cancelled;
    }

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
