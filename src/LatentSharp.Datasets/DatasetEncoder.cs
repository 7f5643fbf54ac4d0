using System.Collections.Concurrent;
using System.Diagnostics;
using LatentSharp.Compute;
using LatentSharp.Datasets.Formats;
using LatentSharp.Datasets.Manifests;
using LatentSharp.Datasets.Preprocessing;
using LatentSharp.Datasets.Sources;
using LatentSharp.Latents;
using LatentSharp.Weights;
using LatentSharp.Weights.Identity;

namespace LatentSharp.Datasets;

/// <summary>What became of a picture of a data set.</summary>
/// <param name="Entry">What the manifest says of it.</param>
/// <param name="WasThere">Whether its latent was there already.</param>
/// <param name="Seconds">How long it took; 0 for what was there.</param>
internal sealed record EncodedEntry(ManifestEntry Entry, bool WasThere, double Seconds)
{
    /// <summary>Whether its caption or the time of its file is another than before.</summary>
    public bool IsRenewed { get; init; }
}

/// <summary>How the encoder of a data set works.</summary>
/// <param name="Workers">Pictures that are worked on at once: each is read, decoded, resized, encoded and written by one worker, so that all
/// of these overlap.</param>
/// <param name="Compute">How each runs its network.</param>
internal sealed record EncoderOptions(int Workers, ComputeOptions Compute)
{
    /// <summary>Pixels of the largest picture that is encoded while others are.</summary>
    public long LargestTogether { get; init; } = long.MaxValue;

    /// <summary>Whether everything is encoded again.</summary>
    public bool Again { get; init; }

    /// <summary>Whether pictures that failed are tried again although they have not changed.</summary>
    public bool RetryFailed { get; init; }
}

/// <summary>
/// Encodes pictures into the folder of a data set. What is there already, by content and settings, is left; what fails is written down;
/// whatever happens, a file is whole or absent, and a picture counts as done only when its files are.
/// </summary>
internal sealed class DatasetEncoder(DatasetFolder folder, Autoencoder autoencoder, EncoderOptions options) : IDisposable
{
    private readonly DatasetSettings settings = folder.Settings;
    private readonly Staleness staleness = new(folder, folder.Settings, options.RetryFailed);
    private readonly DatasetWriter writer = new(folder);
    private readonly ReaderWriterLockSlim memory = new();

    /// <summary>Encodes.</summary>
    /// <param name="pictures">The pictures.</param>
    /// <param name="manifest">What was known before.</param>
    /// <param name="journal">Where results are written down.</param>
    /// <param name="done">Told of every picture, one at a time, in the order in which they are finished.</param>
    /// <param name="cancellationToken">Ends it soon; pictures that are under way are dropped.</param>
    /// <exception cref="LatentSharpException">Nothing can be written any more: the disk is full, or the folder is gone.</exception>
    public void Run(IEnumerable<SourcePicture> pictures, Manifest manifest, Journal journal, Action<EncodedEntry> done,
        CancellationToken cancellationToken)
    {
        var gate = new Lock();
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Workers, CancellationToken = cancellationToken };
        try
        {
            Parallel.ForEach(Partitioner.Create(pictures, EnumerablePartitionerOptions.NoBuffering), parallel, picture =>
            {
                ManifestEntry? before = manifest.Find(picture.Name);
                EncodedEntry entry = Encode(picture, before, cancellationToken);
                if (!entry.WasThere || entry.IsRenewed) journal.Add(entry.Entry);
                lock (gate) done(entry);
            });
        }
        catch (AggregateException e)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }
    }

    /// <summary>How many workers fit into the machine, and how they share its cores.</summary>
    /// <param name="autoencoder">What they run.</param>
    /// <param name="rule">Which sizes there will be.</param>
    /// <param name="compute">The threads and the memory for all of them.</param>
    public static EncoderOptions Share(Autoencoder autoencoder, BucketRule rule, ComputeOptions compute)
    {
        const int Large = 2048;     // a whole picture of unknown size
        int threads = compute.EffectiveThreads;
        Extent size = rule.Place(new Extent(Large, Large)).Bucket;
        long budget = MemoryBudget.Of(compute).Bytes / 2, pixels = 4 * ImageTensor.Channels * 4 * size.Area;
        long each = autoencoder.PlanEncode(size.Height, size.Width, compute with { Threads = 1, KeepWeights = false }).PeakBytes + pixels;
        int workers = (int)Math.Clamp(budget / each, 1, threads);
        ComputeOptions own = compute with { Threads = Math.Max(1, threads / workers), KeepWeights = true };
        // Pictures of one size have their weights in common, where these fit beside what the workers need.
        Plan keeping = autoencoder.PlanEncode(size.Height, size.Width, own);
        bool keep = compute.KeepWeights || workers * each + keeping.KeptBytes <= budget;
        return new EncoderOptions(workers, own with { KeepWeights = keep })
        {
            // Buckets of one rule are about equally large; there is room for twice the usual size.
            LargestTogether = workers > 1 ? 2 * size.Area : long.MaxValue,
        };
    }

    /// <summary>The latents of a picture's bytes, one for each crop, as they would be written.</summary>
    /// <exception cref="LatentSharpException">It is no picture, or gives no latent.</exception>
    public IReadOnlyList<(PictureLatent Latent, PreparedPicture Prepared)> LatentsOf(string name, byte[] bytes, string digest,
        CancellationToken cancellationToken)
    {
        var latents = new List<(PictureLatent, PreparedPicture)>();
        foreach (PreparedPicture prepared in PreparedPicture.Of(bytes, name, settings.Rule, settings.Preparation))
        {
            Latent latent = Encoded(prepared.Image, name, digest, cancellationToken);
            Latent? mirrored = settings.Mirror ? Encoded(prepared.Mirrored(), name, digest, cancellationToken) : null;
            latents.Add((new PictureLatent(name, prepared.Placement, latent)
            {
                Mirrored = mirrored, Crop = latents.Count, AlphaMask = prepared.AlphaMask,
            }, prepared));
        }
        return latents;
    }

    public void Dispose() => memory.Dispose();

    private EncodedEntry Encode(SourcePicture picture, ManifestEntry? before, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        var entry = new ManifestEntry(picture.Name, (before?.Edition ?? 0) + 1) { Bytes = 0, Modified = 0, Picture = "", Key = "" };
        try
        {
            (long length, long modified) = picture.Look();
            byte[] bytes = picture.Read();
            string digest = Sha256.Of(bytes);
            entry = entry with
            {
                Bytes = bytes.Length,
                Modified = modified,
                Picture = digest,
                Key = settings.KeyOf(digest),
                Caption = picture.Caption()
            };
            if (!options.Again && staleness.Of(before, digest) is null)
            {
                // What a killed run left half-written beside it.
                if (before!.Files is [var first, ..])
                    TemporaryName.RemoveStaleOnce(Path.GetDirectoryName(Path.GetFullPath(folder.FullPath(first.Name)))!);
                // A time that has changed alone is kept too: without it a fast check would have to read the picture from now on.
                return before.Caption == entry.Caption && before.Modified == modified ? new EncodedEntry(before, true, 0)
                    : new EncodedEntry(before with { Edition = entry.Edition, Caption = entry.Caption, Modified = modified }, true, 0)
                    {
                        IsRenewed = true,
                    };
            }
            if (picture.SharesStem && settings.TrainerFormat.NamesByStem)
                throw new LatentSharpException(ErrorKind.BadInput, picture.Name,
                    $"another picture of this folder differs from it in the extension alone; {settings.Format} would take one latent for both.",
                    "Rename one of them.");
            IReadOnlyList<(PictureLatent Latent, PreparedPicture Prepared)> crops = LatentsOf(picture.Name, bytes, digest,
                cancellationToken);
            (PictureLatent latent, PreparedPicture prepared) = crops[0];
            entry = entry with
            {
                Placement = EntryPlacement.Of(latent.Placement),
                Crops = crops.Count == 1 ? null : [.. crops.Skip(1).Select(c => (int[])[c.Latent.Placement.Left, c.Latent.Placement.Top])],
                Notes = prepared.Notes,
                Turned = prepared.Turned,
                Look = PictureLook.Of(prepared.Image),
                Files = [.. crops.SelectMany(c => writer.Write(c.Latent, autoencoder.Space))],
            };
        }
        catch (LatentSharpException e) when (!IsWriting(e))
        {
            entry = entry with { Error = new EntryError(e.Kind, e.What, e.Next), Placement = null, Files = [] };
        }
        catch (OutOfMemoryException)
        {
            var error = new EntryError(ErrorKind.BadInput, "there is not enough memory for this.", "Give fewer threads, or smaller buckets.");
            entry = entry with { Error = error };
        }
        // What the picture had before under other names is nobody's now.
        foreach (EntryFile old in before?.Files ?? [])
            if (!entry.Files.Any(f => f.Name == old.Name)) File.Delete(folder.FullPath(old.Name));
        return new EncodedEntry(entry, false, watch.Elapsed.TotalSeconds);
    }

    // Failing to write is not the picture's fault: nothing that follows would fare better.
    private static bool IsWriting(LatentSharpException e) => e is DatasetWriteException;

    // Workers were shared out for pictures of a usual size; a larger one has the memory for itself.
    private Latent Encoded(ImageTensor image, string name, string digest, CancellationToken cancellationToken)
    {
        bool alone = (long)image.Width * image.Height > options.LargestTogether;
        if (alone) memory.EnterWriteLock();
        else memory.EnterReadLock();
        try
        {
            return EncodedNow(image, name, digest, cancellationToken);
        }
        finally
        {
            if (alone) memory.ExitWriteLock();
            else memory.ExitReadLock();
        }
    }

    private Latent EncodedNow(ImageTensor image, string name, string digest, CancellationToken cancellationToken)
    {
        var encode = new EncodeOptions { Seed = SeedOf(digest), KeepPosterior = settings.KeepPosterior, Compute = options.Compute };
        Latent latent = autoencoder.Encode(image, encode, null, cancellationToken);
        int broken = latent.Values.Count(v => !float.IsFinite(v));
        if (broken > 0)
            throw new LatentSharpException(ErrorKind.BadInput, name, $"its latent has {broken} values that are no finite numbers.",
                "Encode with another version of the autoencoder; this one cannot hold such a picture.");
        return new Latent(latent.Space, latent.Values, 1, latent.Height, latent.Width)
        {
            LogVariance = latent.LogVariance,
            PictureSize = latent.PictureSize,
            Provenance = new Dictionary<string, string>(latent.Provenance)
            {
                [LatentProvenance.Autoencoder] = settings.AutoencoderName,
                [LatentProvenance.Picture] = name,
                [LatentProvenance.PictureDigest] = digest,
                [LatentProvenance.AutoencoderDigest] = settings.Autoencoder,
            },
        };
    }

    // Every picture has noise of its own, the same whenever it is encoded.
    private ulong? SeedOf(string digest)
        => settings.Seed is { } seed ? seed ^ ulong.Parse(digest.AsSpan(0, 16), System.Globalization.NumberStyles.HexNumber,
            System.Globalization.CultureInfo.InvariantCulture) : null;
}
