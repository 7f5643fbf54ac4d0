using LatentSharp.Datasets.Formats;
using LatentSharp.Datasets.Manifests;
using LatentSharp.Tensors;

namespace LatentSharp.Datasets;

/// <summary>Brings the latents of a data set into another one of another format, without encoding.</summary>
internal sealed class DatasetExporter(DatasetFolder from, LatentSpace space)
{
    /// <summary>The settings that latents of a data set have in another format.</summary>
    /// <param name="format">The format.</param>
    /// <param name="architecture">What the trainer calls the model; null for the usual.</param>
    /// <param name="type">How values are stored; null as the trainer does it.</param>
    /// <exception cref="LatentSharpException">The format cannot hold them.</exception>
    public DatasetSettings SettingsFor(TrainerFormat format, string? architecture, ElementType? type)
    {
        DatasetSettings there = from.Settings;
        var settings = there with
        {
            Format = format.Id,
            Architecture = format.ArchitectureOf(space, architecture),
            Type = type ?? format.UsualType,
            KeepPosterior = there.KeepPosterior && format.KeepsPosterior,
            Mirror = there.Mirror && format.TakesMirrored,
            Crops = format.TakesCrops ? there.Crops : 1,
            ShardSize = null,
            // Values that were rounded once stay so, whatever they are stored as.
            Through = there.Through ?? (there.Type == ElementType.F32 ? null : there.Type),
            // ai-toolkit's divisor goes by the architecture, whose name is another now.
            Buckets = there.Buckets.Rule == "ai-toolkit" ? there.Buckets with { Step = there.Rule.Step } : there.Buckets,
        };
        if (settings.Rule is Preprocessing.WholePicture && !format.TakesWholePictures)
            throw new LatentSharpException(ErrorKind.Mismatch, from.Path,
                $"these are latents of whole pictures; {format.Id} reads latents of buckets only.",
                "Encode the pictures with a rule, such as the trainer's own.");
        if (there.Crops > 1 && !format.TakesCrops)
            throw new LatentSharpException(ErrorKind.Mismatch, from.Path, $"there are several crops of a picture; {format.Id} reads one, the middle.",
                "Encode the pictures without --crops.");
        LatentDatasetOptions.Require(settings, format, space);
        return settings;
    }

    /// <summary>The latents of an entry, one for each crop.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="format">What it is for.</param>
    /// <exception cref="LatentSharpException">A file is missing or damaged, or the trainer would see the picture turned.</exception>
    public IReadOnlyList<PictureLatent> Read(ManifestEntry entry, TrainerFormat format)
    {
        RequireTurned(entry, format);
        return from.Read(entry, space);
    }

    /// <summary>The latent of a crop of an entry.</summary>
    /// <exception cref="LatentSharpException">See <see cref="Read(ManifestEntry, TrainerFormat)"/>.</exception>
    public PictureLatent Read(ManifestEntry entry, int crop, TrainerFormat format)
    {
        RequireTurned(entry, format);
        return from.Read(entry, crop, space);
    }

    /// <summary>Brings an entry into another data set; what is there already is left.</summary>
    /// <param name="entry">The entry here.</param>
    /// <param name="to">The other data set.</param>
    /// <param name="there">What is known of the picture there.</param>
    /// <param name="writer">Writes there.</param>
    /// <returns>The entry there, and whether it was there already.</returns>
    public (ManifestEntry Entry, bool WasThere) Export(ManifestEntry entry, DatasetFolder to, ManifestEntry? there, DatasetWriter writer)
    {
        string key = to.Settings.KeyOf(entry.Picture);
        if (there is { Error: null } && there.Key == key && to.HasFiles(there)) return (there, true);
        var result = new ManifestEntry(entry.Name, (there?.Edition ?? 0) + 1)
        {
            Bytes = entry.Bytes, Modified = entry.Modified, Picture = entry.Picture, Key = key, Notes = entry.Notes,
            Turned = entry.Turned, Look = entry.Look, Crops = entry.Crops, Caption = entry.Caption,
        };
        try
        {
            IEnumerable<PictureLatent> latents = Read(entry, to.Settings.TrainerFormat);
            if (!to.Settings.Mirror) latents = latents.Select(l => l with { Mirrored = null });
            return (result with { Placement = entry.Placement, Files = [.. latents.SelectMany(l => writer.Write(l, space))] }, false);
        }
        catch (LatentSharpException e) when (e is not DatasetWriteException)
        {
            return (result with { Error = new EntryError(e.Kind, e.What, e.Next) }, false);
        }
    }

    private void RequireTurned(ManifestEntry entry, TrainerFormat format)
    {
        if (entry.Turned && format.TurnsUpright != from.Settings.TrainerFormat.TurnsUpright)
            throw new LatentSharpException(ErrorKind.Mismatch, entry.Name,
                $"its EXIF orientation turns it; one of {from.Settings.Format} and {format.Id} follows that, the other does not.",
                $"Encode it for {format.Id}.");
    }
}
