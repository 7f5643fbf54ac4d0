using LatentSharp.Datasets.Formats;
using LatentSharp.Datasets.Manifests;
using LatentSharp.Latents;

namespace LatentSharp.Datasets;

/// <summary>
/// Reads a data set of latents for a training: batches of one size, in an order that a seed decides, from any position on. Whatever the
/// format, latents come in diffusion space. In memory there are some thirty bytes for each latent; the latents are read as they are needed,
/// the next batch while this one is used.
/// </summary>
public sealed class LatentDatasetReader : IDisposable
{
    private readonly DatasetFolder folder;
    private readonly Manifest manifest;
    private readonly SortedDictionary<(int Width, int Height), List<Item>> buckets = [];

    private LatentDatasetReader(DatasetFolder folder, Manifest manifest, LatentSpace space)
    {
        (this.folder, this.manifest, Space) = (folder, manifest, space);
        foreach (ManifestEntry entry in DatasetPacker.Encoded(manifest))
        {
            (int, int) bucket = (entry.Placement!.Bucket[0], entry.Placement.Bucket[1]);
            if (!buckets.TryGetValue(bucket, out List<Item>? items)) buckets[bucket] = items = [];
            UInt128 name = ManifestSegment.HashOf(entry.Name);
            for (int crop = 0; crop <= (entry.Crops?.Count ?? 0); crop++)
            {
                items.Add(new Item(name, crop, false));
                if (folder.Settings.Mirror) items.Add(new Item(name, crop, true));
            }
        }
        Count = buckets.Values.Sum(b => b.Count);
    }

    /// <summary>The latent space of all latents.</summary>
    public LatentSpace Space { get; }

    /// <summary>How many latents there are: crops and mirrored pictures count.</summary>
    public int Count { get; }

    /// <summary>Width and height in pixels of the sizes that were encoded, and how many latents there are of each.</summary>
    public IReadOnlyList<(int Width, int Height, int Count)> Buckets => [.. buckets.Select(b => (b.Key.Width, b.Key.Height,
        b.Value.Count))];

    /// <summary>Opens the folder of a data set.</summary>
    /// <param name="path">The folder that was written to.</param>
    /// <exception cref="LatentSharpException">There is no data set, or nothing in it.</exception>
    public static LatentDatasetReader Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        DatasetFolder folder = DatasetFolder.Open(path);
        Manifest manifest = folder.OpenManifest();
        try
        {
            ManifestEntry first = DatasetPacker.Encoded(manifest).FirstOrDefault()
                ?? throw new LatentSharpException(ErrorKind.BadInput, path, "no picture of this data set has a latent.", "Encode pictures into it.");
            return new LatentDatasetReader(folder, manifest, folder.SpaceOf(first));
        }
        catch
        {
            manifest.Dispose();
            throw;
        }
    }

    /// <summary>How many batches an epoch has.</summary>
    /// <param name="options">How it is gone through.</param>
    public int BatchesOf(LatentBatchOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return Plan(options, 0).Count / RequirePart(options).Count;
    }

    /// <summary>The batches of an epoch from a position on.</summary>
    /// <param name="options">How it is gone through; null for single latents.</param>
    /// <param name="from">Where to begin: the <see cref="LatentBatch.Next"/> of the last batch that was used.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ArgumentOutOfRangeException">The part or the position is negative or lies beyond the last.</exception>
    /// <exception cref="LatentSharpException">A file is missing or damaged, or latents are to be drawn of which no log-variance was
    /// kept.</exception>
    public IEnumerable<LatentBatch> Batches(LatentBatchOptions? options = null, LatentBatchPosition from = default,
        CancellationToken cancellationToken = default)
    {
        options ??= new LatentBatchOptions();
        RequirePart(options);
        ArgumentOutOfRangeException.ThrowIfNegative(from.Epoch);
        ArgumentOutOfRangeException.ThrowIfNegative(from.Batch);
        if (options.Draw && !folder.Settings.KeepPosterior)
            throw new LatentSharpException(ErrorKind.Mismatch, folder.Path, "no log-variance was kept, so there is nothing to draw from.",
                "Encode the pictures with the log-variance (KeepPosterior, --posterior).");
        return Read();

        IEnumerable<LatentBatch> Read()
        {
            (int index, int count) = options.Part;
            List<(List<Item> Items, int[] Order, int First)> plan = Plan(options, from.Epoch);
            int batches = plan.Count / count;
            Task<LatentBatch>? ahead = null;
            for (int b = from.Batch; b < batches; b++)
            {
                Task<LatentBatch> now = ahead ?? Begin(b);
                ahead = b + 1 < batches ? Begin(b + 1) : null;
                yield return now.GetAwaiter().GetResult();
            }

            Task<LatentBatch> Begin(int b) => Task.Run(() =>
            {
                (List<Item> items, int[] order, int first) = plan[b * count + index];
                Item[] members = [.. order.AsSpan(first, Math.Min(options.Size, order.Length - first)).ToArray().Select(i => items[i])];
                var next = b + 1 < batches ? new LatentBatchPosition(from.Epoch, b + 1) : new LatentBatchPosition(from.Epoch + 1, 0);
                return ReadBatch(members, options, from.Epoch, next, cancellationToken);
            }, cancellationToken);
        }
    }

    /// <summary>Closes the manifest.</summary>
    public void Dispose() => manifest.Dispose();

    private static (int Index, int Count) RequirePart(LatentBatchOptions options)
    {
        (int index, int count) = options.Part;
        if (count < 1 || index < 0 || index >= count)
            throw new ArgumentOutOfRangeException(nameof(options), options.Part, "a part has an index from 0 to one less than their number");
        return (index, count);
    }

    // Every bucket in an order of its own, cut into batches; then the batches among each other.
    private List<(List<Item> Items, int[] Order, int First)> Plan(LatentBatchOptions options, int epoch)
    {
        var random = new SplitMix(options.Seed is { } seed ? seed * 0x9E3779B97F4A7C15 + (ulong)epoch : 0);
        var plan = new List<(List<Item>, int[], int)>();
        foreach (List<Item> items in buckets.Values)
        {
            int[] order = [.. Enumerable.Range(0, items.Count).Where(i => options.Mirrored || !items[i].Mirrored)];
            if (options.Seed is not null) random.Shuffle<int>(order);
            for (int first = 0; first < order.Length; first += options.Size)
                if (!options.DropLast || first + options.Size <= order.Length) plan.Add((items, order, first));
        }
        if (options.Seed is not null) random.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(plan));
        return plan;
    }

    private LatentBatch ReadBatch(Item[] members, LatentBatchOptions options, int epoch, LatentBatchPosition next,
        CancellationToken cancellationToken)
    {
        var names = new string[members.Length];
        var captions = new string?[members.Length];
        (int Width, int Height) bucket = default;
        float[] values = [];
        (int height, int width) = (0, 0);
        for (int i = 0; i < members.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ManifestEntry entry = manifest.Find(members[i].Name)!;
            PictureLatent picture = folder.Read(entry, members[i].Crop, Space);
            Latent latent = members[i].Mirrored ? picture.Mirrored ?? throw Missing(entry, "the latent of the mirrored picture") : picture.Latent;
            if (options.Draw) latent = Drawn(entry, latent, members[i], options.Seed ?? 0, epoch);
            if (i == 0)
            {
                (height, width, bucket) = (latent.Height, latent.Width, (entry.Placement!.Bucket[0], entry.Placement.Bucket[1]));
                values = new float[members.Length * latent.Values.Length];
            }
            latent.Values.CopyTo(values.AsSpan(i * latent.Values.Length));
            (names[i], captions[i]) = (entry.Name, entry.Caption);
        }
        return new LatentBatch(new Latent(Space, values, members.Length, height, width), names, captions, bucket, next);
    }

    private Latent Drawn(ManifestEntry entry, Latent latent, Item item, ulong seed, int epoch)
    {
        if (latent.LogVariance is not { } variance) throw Missing(entry, "the log-variance");
        var noise = new float[latent.Values.Length];
        ulong own = (ulong)item.Name ^ (ulong)(item.Name >> 64) ^ seed * 0x9E3779B97F4A7C15;
        GaussianNoise.Fill(noise, own + (ulong)(2 * item.Crop + (item.Mirrored ? 1 : 0)), epoch);
        int size = latent.Values.Length;
        var drawn = new float[size];
        latent.Space.ToModel(latent.Values, drawn, latent.Height, latent.Width);
        var stored = new float[size];
        latent.Space.AlreadyScaled().ToModel(variance, stored, latent.Height, latent.Width);
        Posterior.Sample(drawn, stored, noise);
        var values = new float[size];
        latent.Space.ToDiffusion(drawn, values, latent.Height, latent.Width);
        return new Latent(latent.Space, values, 1, latent.Height, latent.Width);
    }

    private LatentSharpException Missing(ManifestEntry entry, string what)
        => new(ErrorKind.BadInput, entry.Name, $"{what} is not in the data set {folder.Path}.", "Encode the picture again.");

    private readonly record struct Item(UInt128 Name, int Crop, bool Mirrored);

    /// <summary>SplitMix64 (Steele, Lea and Flood 2014): an order that no version of a runtime changes.</summary>
    private sealed class SplitMix(ulong state)
    {
        public void Shuffle<T>(Span<T> items)
        {
            for (int i = items.Length - 1; i > 0; i--)
            {
                // The upper half of a product of 128 bits: uniform but for one part in 2^64 / i.
                int j = (int)(((UInt128)Next() * (ulong)(i + 1)) >> 64);
                (items[i], items[j]) = (items[j], items[i]);
            }
        }

        private ulong Next()
        {
            ulong z = state += 0x9E3779B97F4A7C15;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }
}
