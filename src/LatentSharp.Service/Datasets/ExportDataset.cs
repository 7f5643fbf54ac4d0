using LatentSharp.Datasets;
using LatentSharp.Datasets.Formats;
using LatentSharp.Datasets.Manifests;
using LatentSharp.Datasets.Sources;
using LatentSharp.Service.Batches;
using LatentSharp.Service.Files;
using LatentSharp.Tensors;

namespace LatentSharp.Service.Datasets;

/// <summary>Writes the latents of a data set in another format, without encoding them again.</summary>
public static class ExportDataset
{
    /// <summary>The words for formats that can be written.</summary>
    public static IReadOnlyList<string> Formats => LatentDatasetOptions.Formats;

    /// <summary>
    /// Exports. Latents that cannot be read, or that the other trainer would see turned, are listed; the others are written.
    /// </summary>
    /// <param name="request">What to do.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellationToken">Ends it; what is written stays.</param>
    /// <exception cref="LatentSharpException">There is no data set, or the format cannot hold its latents.</exception>
    public static ExportDatasetResult Run(ExportDatasetRequest request, IProgress<JobProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        DatasetFolder from = DatasetFolder.Open(request.Dataset);
        if (RealPath.Comparer.Equals(RealPath.Of(request.Dataset), RealPath.Of(request.Output)))
            throw new LatentSharpException(ErrorKind.Usage, request.Output, "this is the data set itself.", "Name another folder.");
        LatentSpace space = LatentSpace.Find(from.Settings.Space)
            ?? throw new LatentSharpException(ErrorKind.Mismatch, request.Dataset,
                $"its latents are in {from.Settings.Space}, a space of an autoencoder's own, "
                + "which no trainer's format names.", "Encode the pictures with the autoencoder of the model that is trained.");
        var exporter = new DatasetExporter(from, space);
        TrainerFormat format = TrainerFormat.Of(LatentDatasetOptions.Known(request.Format, Formats, "format"));
        DatasetSettings settings = exporter.SettingsFor(format, request.Architecture, request.Type);
        using Manifest manifest = from.OpenManifest();
        return format.Packing is null ? Folder(request, from, exporter, manifest, settings, space, progress, cancellationToken)
            : Shards(request, from, exporter, manifest, settings, space, progress, cancellationToken);
    }

    private static ExportDatasetResult Folder(ExportDatasetRequest request, DatasetFolder from, DatasetExporter exporter, Manifest manifest,
        DatasetSettings settings, LatentSpace space, IProgress<JobProgress>? progress, CancellationToken cancellationToken)
    {
        DatasetFolder to = DatasetFolder.OpenOrBegin(request.Output, settings);
        var writer = new DatasetWriter(to);
        var failed = new List<FailedItem>();
        int written = 0, there = 0, files = 0, seen = 0;
        using (Manifest known = to.OpenManifest())
        using (var journal = new Journal(to.Manifests))
        {
            foreach (ManifestEntry entry in Readable(manifest, failed))
            {
                cancellationToken.ThrowIfCancellationRequested();
                progress?.Report(new JobProgress((double)seen++ / manifest.Count, "", entry.Name, seen, manifest.Count));
                (ManifestEntry result, bool wasThere) = exporter.Export(entry, to, known.Find(entry.Name), writer);
                if (result.Error is { } error) failed.Add(Failed(entry, error.Kind, error.What, error.Next));
                else if (wasThere) there++;
                else written++;
                files += result.Files.Count;
                if (!wasThere) journal.Add(result);
            }
            journal.Seal();
        }
        using Manifest all = to.OpenManifest();
        all.Publish();
        return new ExportDatasetResult(request.Output, request.Format, EncodeDataset.FactsOf(from.Settings), written, there, files, failed);
    }

    // Latents that cannot be read are found before anything is written, so that all files are of what is there.
    private static ExportDatasetResult Shards(ExportDatasetRequest request, DatasetFolder from, DatasetExporter exporter,
        Manifest manifest, DatasetSettings settings, LatentSpace space, IProgress<JobProgress>? progress,
            CancellationToken cancellationToken)
    {
        OutputFiles.MakeFolder(request.Output);
        var failed = new List<FailedItem>();
        using var readable = new KeyedSort<byte>();
        int written = 0, seen = 0, latents = 0;
        foreach (ManifestEntry entry in Readable(manifest, failed))
        {
            cancellationToken.ThrowIfCancellationRequested();
            progress?.Report(new JobProgress(0.5 * seen++ / manifest.Count, "", entry.Name, seen, manifest.Count));
            try
            {
                latents += exporter.Read(entry, settings.TrainerFormat).Count;
                readable.Add(ManifestSegment.HashOf(entry.Name), 0);
                written++;
            }
            catch (LatentSharpException e)
            {
                failed.Add(Failed(entry, e.Kind, e.What, e.Next));
            }
        }
        IReadOnlyList<string> files = settings.TrainerFormat.Packing!.Write(
            new PackedSamples(request.Output, space, settings.Type, request.ShardSize, Samples())
            {
                Count = latents,
                Names = Entries().Select(e => e.Name)
            });
        return new ExportDatasetResult(request.Output, request.Format, EncodeDataset.FactsOf(from.Settings), written, 0, files.Count,
            failed);

        IEnumerable<ManifestEntry> Entries() => readable.Ordered().Select(r => manifest.Find(r.Key)!);

        IEnumerable<PackedSample> Samples()
        {
            int done = 0;
            foreach (ManifestEntry entry in Entries())
            {
                progress?.Report(new JobProgress(0.5 + 0.5 * done++ / written, "", entry.Name, done, written));
                string? caption = request.Captions is { } folder ? CaptionIn(folder, entry.Name) : entry.Caption;
                for (int i = 0; i <= (entry.Crops?.Count ?? 0); i++)
                {
                    int crop = i;
                    cancellationToken.ThrowIfCancellationRequested();
                    yield return new PackedSample(entry.Name, crop, caption, () => Only(exporter.Read(entry, crop,
                        settings.TrainerFormat)));
                }
            }
        }

        // What the format has no place for stays away.
        PictureLatent Only(PictureLatent latent) => settings.Mirror ? latent : latent with { Mirrored = null };
    }

    private static string? CaptionIn(string folder, string picture)
        => Path.ChangeExtension(Path.Combine(folder, picture), ".txt") is var beside && File.Exists(beside)
            ? PictureSource.CaptionOf(File.ReadAllText(beside)) : null;

    // Those that failed when they were encoded have nothing to export.
    private static IEnumerable<ManifestEntry> Readable(Manifest manifest, List<FailedItem> failed)
    {
        foreach (ManifestEntry entry in manifest.All())
        {
            if (entry.Error is { } error) failed.Add(Failed(entry, error.Kind, error.What, error.Next));
            else yield return entry;
        }
    }

    private static FailedItem Failed(ManifestEntry entry, ErrorKind kind, string what, string? next)
        => new(entry.Name, new Problem(kind, entry.Name, what, next));
}

/// <summary>A data set that is to be written in another format.</summary>
/// <param name="Dataset">The data set's folder.</param>
/// <param name="Output">The folder to write.</param>
/// <param name="Format">The format, one of <see cref="ExportDataset.Formats"/>.</param>
public sealed record ExportDatasetRequest(string Dataset, string Output, string Format)
{
    /// <summary>What the trainer calls the model, where several have one latent space.</summary>
    public string? Architecture { get; init; }

    /// <summary>How values are stored; null as the trainer does it.</summary>
    public ElementType? Type { get; init; }

    /// <summary>Latents in a file, for formats whose files hold many.</summary>
    public int ShardSize { get; init; } = 10_000;

    /// <summary>The folder of captions, NAME.txt, that go into files of many; null for those that were there when the pictures were
    /// encoded.</summary>
    public string? Captions { get; init; }
}

/// <summary>What was written.</summary>
/// <param name="Output">The folder.</param>
/// <param name="Format">The format.</param>
/// <param name="Source">How the data set that was exported is made.</param>
/// <param name="Written">How many latents were written.</param>
/// <param name="There">How many were there already.</param>
/// <param name="Files">How many files there are.</param>
/// <param name="Failed">Pictures whose latents were not written, and why.</param>
public sealed record ExportDatasetResult(string Output, string Format, DatasetFacts Source, int Written, int There, int Files,
    IReadOnlyList<FailedItem> Failed);
