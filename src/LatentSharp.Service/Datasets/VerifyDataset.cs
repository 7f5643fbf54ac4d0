using System.Globalization;
using LatentSharp.Datasets;
using LatentSharp.Datasets.Manifests;
using LatentSharp.Datasets.Sources;
using LatentSharp.Service.Autoencoders;
using LatentSharp.Weights.Identity;

namespace LatentSharp.Service.Datasets;

/// <summary>
/// Holds a data set against its pictures: by lengths and times, which takes a moment; or by content, with every file read as its trainer
/// reads it, and a sample encoded again.
/// </summary>
public static class VerifyDataset
{
    // Of the root mean square of a latent. Storage as bfloat16 costs 0.2 %, another processor's order of sums far less.
    private const double Tolerance = 0.01;

    /// <summary>Verifies.</summary>
    /// <param name="library">Where the autoencoder of the sample is found.</param>
    /// <param name="request">What to do.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="LatentSharpException">There is no data set, or no source.</exception>
    public static VerifyDatasetResult Run(AutoencoderLibrary library, VerifyDatasetRequest request, IProgress<JobProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(library);
        ArgumentNullException.ThrowIfNull(request);
        DatasetFolder folder = DatasetFolder.Open(request.Output);
        PictureSource source = PictureSource.Open(request.Source);
        using Manifest manifest = folder.OpenManifest();
        using OpenedAutoencoder? opened = request.Deep ? OpenedAutoencoder.Open(library, folder.Settings.AutoencoderName) : null;
        LatentSpace? space = opened?.Autoencoder.Space;
        var problems = new List<DatasetProblem>();
        bool same = opened is null || LatentDatasetOptions.DigestOf(opened.Autoencoder, cancellationToken) == folder.Settings.Autoencoder;
        if (!same)
            problems.Add(new DatasetProblem(folder.Settings.AutoencoderName, DatasetProblemKind.OtherAutoencoder,
                "the file of this name has other weights than those that made the latents."));
        int total = source.Count(), seen = 0, samples = 0;
        // Evenly over the whole, whatever its order.
        int every = request.Deep && same && request.Sample > 0 ? Math.Max(1, total / request.Sample) : 0;
        foreach (SourcePicture picture in source.Pictures())
        {
            cancellationToken.ThrowIfCancellationRequested();
            bool sample = every > 0 && seen % every == every / 2 && samples < request.Sample;
            progress?.Report(new JobProgress((double)seen++ / total, "", picture.Name, seen, total));
            DatasetProblem? problem = Check(folder, manifest.Find(picture.Name), picture, request.Deep, space, cancellationToken);
            if (problem is null && sample)
            {
                samples++;
                problem = CheckSample(folder, opened!.Autoencoder, manifest.Find(picture.Name)!, picture, request.Compute,
                    cancellationToken);
            }
            if (problem is not null) problems.Add(problem);
        }
        foreach (EntryFile file in DatasetPacker.FilesOf(folder)?.Files ?? [])
            if (CheckFile(folder, file, request.Deep, cancellationToken) is { } wrong)
                problems.Add(new DatasetProblem(file.Name, wrong.Kind, wrong.What));
        foreach (ManifestEntry entry in GonePictures.Find(manifest, source).Entries)
            problems.Add(new DatasetProblem(entry.Name, DatasetProblemKind.PictureGone, "it has a latent, but is in the source no more."));
        return new VerifyDatasetResult(request.Output, EncodeDataset.FactsOf(folder.Settings), total, request.Deep, samples, problems);
    }

    private static DatasetProblem? Check(DatasetFolder folder, ManifestEntry? entry, SourcePicture picture, bool deep, LatentSpace? space,
        CancellationToken cancellationToken)
    {
        if (entry is null) return Problem(DatasetProblemKind.NotEncoded, "there is no latent of it yet.");
        if (HasChanged(entry, picture, deep, cancellationToken)) return Problem(DatasetProblemKind.PictureChanged, "it was edited since it was encoded.");
        if (entry.Error is { } error) return Problem(DatasetProblemKind.Failed, error.What);
        foreach (EntryFile file in entry.Files)
            if (CheckFile(folder, file, deep, cancellationToken) is { } wrong) return Problem(wrong.Kind, wrong.What);
        if (!deep) return null;
        try
        {
            folder.Read(entry, space!);
            return null;
        }
        catch (LatentSharpException e)
        {
            return Problem(DatasetProblemKind.FileChanged, e.What);
        }

        DatasetProblem Problem(DatasetProblemKind kind, string what) => new(picture.Name, kind, what);
    }

    private static (DatasetProblemKind Kind, string What)? CheckFile(DatasetFolder folder, EntryFile file, bool deep,
        CancellationToken cancellationToken)
    {
        string path = folder.FullPath(file.Name);
        if (new FileInfo(path) is not { Exists: true } info) return (DatasetProblemKind.FileMissing, $"{file.Name} is missing.");
        if (info.Length != file.Bytes)
            return (DatasetProblemKind.FileChanged, string.Create(CultureInfo.InvariantCulture,
                $"{file.Name} has {info.Length:N0} bytes; {file.Bytes:N0} were written."));
        return deep && (file.Bytes == 0 || FileDigest.Sha256(path, null, cancellationToken) != file.Sha256)
            ? (DatasetProblemKind.FileChanged, $"{file.Name} holds something else than was written.") : null;
    }

    private static bool HasChanged(ManifestEntry entry, SourcePicture picture, bool deep, CancellationToken cancellationToken)
    {
        if (!deep)
        {
            (long bytes, long modified) = picture.Look();
            if (bytes == entry.Bytes && modified == entry.Modified) return false;
        }
        return DiffDataset.Digest(picture, cancellationToken) != entry.Picture;
    }

    private static DatasetProblem? CheckSample(DatasetFolder folder, Autoencoder autoencoder, ManifestEntry entry, SourcePicture picture,
        ComputeOptions compute, CancellationToken cancellationToken)
    {
        using var encoder = new DatasetEncoder(folder, autoencoder, new EncoderOptions(1, compute));
        float[] there = [.. folder.Read(entry, autoencoder.Space).SelectMany(l => l.Latent.Values)],
            again = [.. encoder.LatentsOf(entry.Name, picture.Read(), entry.Picture,
                cancellationToken).SelectMany(l => l.Latent.Latent.Values)];
        double difference = 0, size = 0;
        for (int i = 0; i < again.Length; i++)
        {
            difference += Math.Pow(there[i] - (double)again[i], 2);
            size += Math.Pow(again[i], 2);
        }
        double share = Math.Sqrt(difference / Math.Max(size, double.Epsilon));
        return share <= Tolerance ? null : new DatasetProblem(entry.Name, DatasetProblemKind.OtherLatent,
            string.Create(CultureInfo.InvariantCulture, $"encoded again it gives another latent: they differ by {share:P1}."));
    }
}
