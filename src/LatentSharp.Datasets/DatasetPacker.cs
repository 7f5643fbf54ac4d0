using System.Text.Json;
using System.Text.Json.Serialization;
using LatentSharp.Datasets.Formats;
using LatentSharp.Datasets.Manifests;
using LatentSharp.Weights;
using LatentSharp.Weights.Identity;

namespace LatentSharp.Datasets;

/// <summary>
/// Makes the files of a format whose files hold many pictures, of the latents that lie in the data set. What they were made of is written
/// down, so that nothing is made again while it is the same, and files that belong to them no more are removed.
/// </summary>
/// <param name="folder">The data set.</param>
/// <param name="space">The latent space.</param>
internal sealed class DatasetPacker(DatasetFolder folder, LatentSpace space)
{
    /// <summary>What was packed; null when nothing was yet.</summary>
    public static PackedFiles? FilesOf(DatasetFolder folder)
    {
        if (!File.Exists(folder.Packed)) return null;
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(folder.Packed), PackedJson.Default.PackedFiles);
        }
        catch (JsonException)
        {
            return null;        // made again
        }
    }

    /// <summary>Packs what a data set holds now; nothing where each picture has files of its own, or where there is no latent.</summary>
    /// <exception cref="LatentSharpException">A latent cannot be read, or the disk is full.</exception>
    public static void Refresh(DatasetFolder folder, CancellationToken cancellationToken)
    {
        if (folder.Settings.TrainerFormat.Packing is null) return;
        using Manifest manifest = folder.OpenManifest();
        if (Encoded(manifest).FirstOrDefault() is { } first) new DatasetPacker(folder, folder.SpaceOf(first)).Run(manifest,
            cancellationToken);
    }

    /// <summary>Packs, if anything is another than when it was last done.</summary>
    /// <param name="manifest">What there is.</param>
    /// <param name="cancellationToken">Ends it; the files that were there stay.</param>
    private void Run(Manifest manifest, CancellationToken cancellationToken)
    {
        Packing packing = folder.Settings.TrainerFormat.Packing ?? throw new InvalidOperationException("each picture has files of its own");
        (string digest, int count) = Content(manifest);
        PackedFiles? there = FilesOf(folder);
        if (there is not null && there.Content == digest && there.Files.All(IsThere)) return;
        IReadOnlyList<string> names;
        try
        {
            names = packing.Write(new PackedSamples(folder.Path, space, folder.Settings.Type,
                folder.Settings.ShardSize ?? Packing.UsualShardSize,
                Samples(manifest, (entry, crop) => folder.Read(entry, crop, space), cancellationToken))
            { Count = count, Names = Encoded(manifest).Select(e => e.Name) });
        }
        catch (LatentSharpException e)
        {
            throw DatasetWriteException.Of(folder.Path, e);
        }
        EntryFile[] files = [.. names.Select(Written)];
        AtomicFile.Write(folder.Packed, s => s.Write(JsonSerializer.SerializeToUtf8Bytes(new PackedFiles(digest, files),
            PackedJson.Default.PackedFiles)));
        HashSet<string> now = [.. names];
        foreach (EntryFile old in there?.Files ?? [])
            if (!now.Contains(old.Name)) File.Delete(folder.FullPath(old.Name));
    }

    /// <summary>All latents of a manifest, crop by crop.</summary>
    /// <param name="manifest">The manifest.</param>
    /// <param name="load">Reads the latent of a crop of an entry.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static IEnumerable<PackedSample> Samples(Manifest manifest, Func<ManifestEntry, int, PictureLatent> load,
        CancellationToken cancellationToken)
    {
        foreach (ManifestEntry entry in Encoded(manifest))
        {
            for (int i = 0; i <= (entry.Crops?.Count ?? 0); i++)
            {
                int crop = i;
                cancellationToken.ThrowIfCancellationRequested();
                yield return new PackedSample(entry.Name, crop, entry.Caption, () => load(entry, crop));
            }
        }
    }

    /// <summary>Entries that have latents.</summary>
    public static IEnumerable<ManifestEntry> Encoded(Manifest manifest) => manifest.All().Where(e => e.Error is null);

    private static (string Digest, int Count) Content(Manifest manifest)
    {
        using var hash = new Sha256();
        int count = 0;
        foreach (ManifestEntry entry in Encoded(manifest))
        {
            count += 1 + (entry.Crops?.Count ?? 0);
            hash.Append(JsonSerializer.SerializeToUtf8Bytes([entry.Name, entry.Key, entry.Caption ?? "", .. entry.Files.Select(f => f.Sha256)],
                PackedJson.Default.StringArray));
        }
        return (hash.Finish(), count);
    }

    private bool IsThere(EntryFile file) => new FileInfo(folder.FullPath(file.Name)) is { Exists: true } info && info.Length == file.Bytes;

    private EntryFile Written(string name)
    {
        string path = folder.FullPath(name);
        return new EntryFile(name, new FileInfo(path).Length, FileDigest.Sha256(path, null, CancellationToken.None));
    }
}

/// <summary>The files that hold many pictures, and what they were made of.</summary>
/// <param name="Content">The digest of all that is in them.</param>
/// <param name="Files">The files.</param>
internal sealed record PackedFiles(string Content, IReadOnlyList<EntryFile> Files);

/// <summary>Their JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(PackedFiles))]
[JsonSerializable(typeof(string[]))]
internal sealed partial class PackedJson : JsonSerializerContext;
