using System.Diagnostics;
using LatentSharp.Compute;
using LatentSharp.Datasets.Manifests;
using LatentSharp.Datasets.Preprocessing;
using LatentSharp.Datasets.Sources;

namespace LatentSharp.Datasets;

/// <summary>The encoding of a source into the folder of a data set, ready to begin: what it will do is known.</summary>
internal sealed class DatasetRun : IDisposable
{
    private readonly PictureSource source;
    private readonly Shard? shard;
    private readonly Autoencoder autoencoder;
    private readonly DatasetEncoder encoder;

    private DatasetRun(PictureSource source, Shard? shard, int total, DatasetFolder folder, Autoencoder autoencoder, EncoderOptions workers)
    {
        (this.source, this.shard, this.autoencoder, Total, Folder, Workers) = (source, shard, autoencoder, total, folder, workers);
        encoder = new DatasetEncoder(folder, autoencoder, workers);
    }

    /// <summary>How many pictures there are, in the part that is done.</summary>
    public int Total { get; }

    /// <summary>Where they go.</summary>
    public DatasetFolder Folder { get; }

    /// <summary>How many are worked on at once.</summary>
    public EncoderOptions Workers { get; }

    /// <summary>Looks at everything and begins the data set where there is none.</summary>
    /// <param name="named">The source: a folder, <c>@list</c>, a tar, zip or Parquet file.</param>
    /// <param name="output">The folder of the data set.</param>
    /// <param name="autoencoder">What encodes.</param>
    /// <param name="name">What it was opened by.</param>
    /// <param name="options">How the data set is made.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="LatentSharpException">The source is not there or empty, the choices contradict each other, or the data set that is
    /// there is made in another way.</exception>
    public static DatasetRun Begin(string named, string output, Autoencoder autoencoder, string name, LatentDatasetOptions options,
        CancellationToken cancellationToken)
    {
        Shard? shard = options.Shard is { } asked ? new Shard(asked.Index, asked.Count) : null;
        PictureSource source = PictureSource.Open(named);
        int total = source.Count(shard);
        if (total == 0 && (shard is null || source.Count() == 0))
            throw new LatentSharpException(ErrorKind.BadInput, named, "there are no pictures in it.",
                "Name a folder, a list, a .tar, .zip or .parquet with PNG, JPEG, WebP, TIFF, AVIF or GIF files.");
        DatasetSettings settings = options.Settings(DatasetFolder.SettingsOf(output), autoencoder, name, cancellationToken);
        EncoderOptions workers = DatasetEncoder.Share(autoencoder, settings.Rule, options.Compute) with
        {
            Again = options.Again,
            RetryFailed = options.RetryFailed,
        };
        return new DatasetRun(source, shard, total, DatasetFolder.OpenOrBegin(output, settings), autoencoder, workers);
    }

    /// <summary>
    /// Says what it will take: the encoder is run on a part of the first picture, on all workers, and what that took is scaled to the whole
    /// bucket by the plans' multiply-adds. Nothing is measured where nothing is left to do.
    /// </summary>
    public DatasetForecast Forecast(CancellationToken cancellationToken)
    {
        int left;
        using (Manifest manifest = Folder.OpenManifest())
            left = manifest.Count == 0 ? Total : source.Names().Count(n => shard is not { } s ? manifest.Find(n) is null : s.Owns(n)
                && manifest.Find(n) is null);
        ComputeOptions compute = Workers.Compute;
        (PreparedPicture Picture, int Crops, double Seconds)? first = left == 0 ? null : First(cancellationToken);
        if (first is not { } sample)
            return new DatasetForecast(Total, left, Workers.Workers, 0, null);
        Extent bucket = sample.Picture.Placement.Bucket;
        Plan whole = autoencoder.PlanEncode(bucket.Height, bucket.Width, compute);
        ImageTensor part = Part(sample.Picture.Image);
        Plan measured = autoencoder.PlanEncode(part.Height, part.Width, compute);
        var encode = new EncodeOptions { Compute = compute };
        autoencoder.Encode(part, encode, null, cancellationToken);      // the first reads weights and compiles
        double best = double.PositiveInfinity;
        for (int round = 0; round < 2; round++)
        {
            long begin = Stopwatch.GetTimestamp();
            Parallel.For(0, Workers.Workers, _ => autoencoder.Encode(part, encode, null, cancellationToken));
            best = Math.Min(best, Stopwatch.GetElapsedTime(begin).TotalSeconds);
        }
        double network = best * whole.MultiplyAdds / measured.MultiplyAdds;
        int times = sample.Crops * (Folder.Settings.Mirror ? 2 : 1);
        return new DatasetForecast(Total, left, Workers.Workers, Workers.Workers * (whole.PeakBytes - whole.KeptBytes) + whole.KeptBytes,
            Workers.Workers / (sample.Seconds + times * network));
    }

    /// <summary>Encodes what is not there already.</summary>
    /// <param name="done">Told of every picture, one at a time, in the order in which they are finished.</param>
    /// <param name="cancellationToken">Ends it soon; pictures that are under way are dropped.</param>
    /// <exception cref="LatentSharpException">Nothing can be written any more.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; what was done is written down.</exception>
    public void Run(Action<EncodedEntry> done, CancellationToken cancellationToken)
    {
        using var journal = new Journal(Folder.Manifests);
        bool complete = false;
        try
        {
            using (Manifest manifest = Folder.OpenManifest()) encoder.Run(source.Pictures(shard), manifest, journal, done,
                cancellationToken);
            complete = true;
        }
        finally
        {
            // Taking everything together is left to whoever merges: a thousand workers would do it a thousand times.
            if (shard is not null || !complete) journal.Seal();
        }
        if (shard is not null) return;
        using (Manifest all = Folder.OpenManifest()) all.Publish(own: journal.Path);
        DatasetPacker.Refresh(Folder, cancellationToken);
    }

    public void Dispose() => encoder.Dispose();

    // The first picture that can be read, how many crops it has, and how long reading and resizing took.
    private (PreparedPicture Picture, int Crops, double Seconds)? First(CancellationToken cancellationToken)
    {
        const int Tries = 8;
        foreach (SourcePicture picture in source.Pictures(shard).Take(Tries))
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                // Once for the code to be compiled, once for the time.
                _ = Prepared();
                long begin = Stopwatch.GetTimestamp();
                IReadOnlyList<PreparedPicture> crops = Prepared();
                return (crops[0], crops.Count, Stopwatch.GetElapsedTime(begin).TotalSeconds);
            }
            catch (LatentSharpException)
            {
                // Its turn comes, and it will be listed.
            }

            IReadOnlyList<PreparedPicture> Prepared() => PreparedPicture.Of(picture.Read(), picture.Name,
                Folder.Settings.Rule, Folder.Settings.Preparation);
        }
        return null;
    }

    // Large enough to be like the whole, small enough to take a moment.
    private static ImageTensor Part(ImageTensor image)
    {
        const int Side = 256;
        int height = Math.Min(Side, image.Height), width = Math.Min(Side, image.Width);
        var part = new ImageTensor(1, height, width);
        for (int c = 0; c < ImageTensor.Channels; c++)
            for (int y = 0; y < height; y++)
                image.Plane(0, c).Slice(y * image.Width, width).CopyTo(part.Plane(0, c)[(y * width)..]);
        return part;
    }
}
