using System.Text.Json;
using LatentSharp.Datasets.Formats;
using LatentSharp.Datasets.Manifests;
using LatentSharp.Weights;

namespace LatentSharp.Datasets;

/// <summary>The folder of a data set: the trainer's files, and in <c>.latent-dataset</c> what is known about them.</summary>
internal sealed class DatasetFolder
{
    private const string Own = ".latent-dataset", SettingsFile = "dataset.json", ManifestFolder = "manifest";

    private readonly string own;

    private DatasetFolder(string path, DatasetSettings settings)
    {
        (Path, Settings, own) = (path, settings, System.IO.Path.Combine(path, Own));
    }

    /// <summary>Where it lies.</summary>
    public string Path { get; }

    /// <summary>How it is made.</summary>
    public DatasetSettings Settings { get; }

    /// <summary>The settings of a data set; null where there is none yet.</summary>
    /// <exception cref="LatentSharpException">What is there cannot be read.</exception>
    public static DatasetSettings? SettingsOf(string path)
    {
        string file = System.IO.Path.Combine(path, Own, SettingsFile);
        try
        {
            return File.Exists(file) ? JsonSerializer.Deserialize(File.ReadAllBytes(file), DatasetJson.Default.DatasetSettings) : null;
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            throw new LatentSharpException(ErrorKind.BadInput, file, "these are no settings of a data set that this version reads.",
                "Write to another folder.", e);
        }
    }

    /// <summary>Opens a data set that is there.</summary>
    /// <exception cref="LatentSharpException">There is none.</exception>
    public static DatasetFolder Open(string path)
        => new(path, SettingsOf(path) ?? throw new LatentSharpException(ErrorKind.NotFound, path,
            "there is no data set in this folder (no .latent-dataset/dataset.json).", "Name the folder that it was written to."));

    /// <summary>Opens a data set, or begins it.</summary>
    /// <exception cref="LatentSharpException">The data set that is there is made in another way, or the folder cannot be made.</exception>
    public static DatasetFolder OpenOrBegin(string path, DatasetSettings settings)
    {
        if (File.Exists(path))
            throw new LatentSharpException(ErrorKind.BadInput, path, "a folder is expected here, but this is a file.", "Name another folder.");
        var folder = new DatasetFolder(path, settings);
        DatasetSettings? there = SettingsOf(path);
        if (there is null)
        {
            try
            {
                Directory.CreateDirectory(folder.Manifests);
                folder.Begin();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new LatentSharpException(ErrorKind.BadInput, path, $"this folder cannot be made or written to: {e.Message}", "Name another folder.", e);
            }
            there = SettingsOf(path)!;
        }
        RefuseOthers(path, there, settings);
        // What processes left that were killed while they wrote these.
        TemporaryName.RemoveStale(folder.own);
        TemporaryName.RemoveStale(folder.Manifests);
        return folder;
    }

    /// <summary>Where the manifest lies.</summary>
    public string Manifests => System.IO.Path.Combine(own, ManifestFolder);

    /// <summary>Where it is written down which files hold many pictures.</summary>
    public string Packed => System.IO.Path.Combine(own, "packed.json");

    /// <summary>What is known about its pictures now.</summary>
    public Manifest OpenManifest() => Manifest.Open(Manifests);

    /// <summary>The path of one of its files.</summary>
    public string FullPath(string name) => System.IO.Path.Combine(Path, name.Replace('/', System.IO.Path.DirectorySeparatorChar));

    /// <summary>Whether the files of an entry are there with the lengths that they had.</summary>
    public bool HasFiles(ManifestEntry entry)
        => entry.Files.All(f => new FileInfo(FullPath(f.Name)) is { Exists: true } info && info.Length == f.Bytes);

    /// <summary>The latent space; of an autoencoder with a space of its own, as a latent file says it.</summary>
    /// <param name="entry">An entry that has a latent.</param>
    /// <exception cref="LatentSharpException">The space is one of an autoencoder's own, and the format does not say it.</exception>
    public LatentSpace SpaceOf(ManifestEntry entry)
        => LatentSpace.Find(Settings.Space) ?? (Settings.TrainerFormat is SafetensorsFormat
            ? LatentFile.Load(FullPath(entry.Files[0].Name)).Space
            : throw new LatentSharpException(ErrorKind.Mismatch, Path,
                $"its latents are in {Settings.Space}, a space of an autoencoder's own, which no trainer's format names.",
                "Encode the pictures with the autoencoder of the model that is trained."));

    /// <summary>The latents of an entry, one for each crop.</summary>
    /// <exception cref="LatentSharpException">A file is missing or damaged.</exception>
    public IReadOnlyList<PictureLatent> Read(ManifestEntry entry, LatentSpace space)
        => [.. Enumerable.Range(0, 1 + (entry.Crops?.Count ?? 0)).Select(crop => Read(entry, crop, space))];

    /// <summary>The latent of a crop of an entry.</summary>
    /// <exception cref="LatentSharpException">A file is missing or damaged.</exception>
    public PictureLatent Read(ManifestEntry entry, int crop, LatentSpace space)
    {
        IReadOnlyList<Preprocessing.Placement> crops = entry.Placements();
        int each = entry.Files.Count / crops.Count;
        string[] files = [.. entry.Files.Skip(crop * each).Take(each).Select(f => FullPath(f.Name))];
        return Settings.TrainerFormat.Read(entry.Name, crops[crop], files, Settings.Options(space)) with { Crop = crop };
    }

    /// <summary>Refuses to mix two kinds of latents.</summary>
    private static void RefuseOthers(string path, DatasetSettings there, DatasetSettings settings)
    {
        (string What, string Here, string There)[] differences = [.. there.Differences(settings)];
        if (differences.Length == 0) return;
        string said = string.Join("; ", differences.Select(d => $"{d.What}: {d.Here} there, {d.There} asked for"));
        string other = System.IO.Path.TrimEndingDirectorySeparator(path) + "-2";
        throw new LatentSharpException(ErrorKind.Mismatch, path,
            $"the data set in this folder is made in another way ({said}); latents of both are never mixed.",
            $"Write to a new folder, such as {other}.");
    }

    // Whoever comes first decides: the file appears complete, and is never replaced.
    private void Begin()
    {
        string file = System.IO.Path.Combine(own, SettingsFile), temporary = System.IO.Path.Combine(own, TemporaryName.New());
        using (var stream = new FileStream(temporary, FileMode.CreateNew))
        {
            stream.Write(JsonSerializer.SerializeToUtf8Bytes(Settings, DatasetJson.Default.DatasetSettings));
            stream.Flush(flushToDisk: true);
        }
        try
        {
            File.Move(temporary, file, overwrite: false);
        }
        catch (IOException) when (File.Exists(file))
        {
            File.Delete(temporary);
        }
    }
}
