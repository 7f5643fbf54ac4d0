using System.Globalization;
using System.Reflection;

namespace LatentSharp.Latents;

/// <summary>The metadata of a latent file: text keys and values beside the tensors.</summary>
internal static class LatentFileMetadata
{
    /// <summary>Its presence marks a file as LatentSharp's; the value is the version of this layout.</summary>
    public const string Version = "latentsharp.latent";

    private const string CurrentVersion = "1";
    private const string Id = "space.id", Title = "space.title", Factor = "space.factor", Patch = "space.patch", Scale = "space.scale",
        Shift = "space.shift";
    private const string Posterior = "posterior", PictureWidth = "picture.width", PictureHeight = "picture.height", Origin = "origin.";

    // The version without the commit it was built from: two builds of one version write the same bytes.
    private static readonly string Program = typeof(LatentFileMetadata).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>(
        )!.InformationalVersion.Split('+')[0];

    public static Dictionary<string, string> Write(Latent latent)
    {
        LatentSpace space = latent.Space;
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [Version] = CurrentVersion,
            [Id] = space.Id,
            [Title] = space.Title,
            [Factor] = space.Factor.ToString(CultureInfo.InvariantCulture),
            [Patch] = space.Patch.ToString(CultureInfo.InvariantCulture),
            [Scale] = Numbers(space.Scale),
            [Shift] = Numbers(space.Shift),
            [Posterior] = (latent.Provenance.ContainsKey(LatentProvenance.Seed) ? "sample" : "mean")
                + (latent.LogVariance is null ? "" : "+logvar"),
        };
        if (latent.PictureSize is (int height, int width))
        {
            metadata[PictureHeight] = height.ToString(CultureInfo.InvariantCulture);
            metadata[PictureWidth] = width.ToString(CultureInfo.InvariantCulture);
        }
        foreach ((string key, string value) in latent.Provenance) metadata[Origin + key] = value;
        metadata.TryAdd(Origin + LatentProvenance.Tool, "LatentSharp " + Program);
        return metadata;
    }

    /// <summary>
    /// The space that the metadata names: one of the known ones where the numbers agree, otherwise as described by the file.
    /// </summary>
    public static LatentSpace Space(string file, IReadOnlyDictionary<string, string> metadata, int channels)
    {
        if (metadata[Version] != CurrentVersion)
            throw new LatentSharpException(ErrorKind.BadInput, file,
                $"the latent file has layout version {metadata[Version]}; this program reads version {CurrentVersion}.", "Use a newer LatentSharp.");
        string id = Required(file, metadata, Id);
        float[] scale = ParseNumbers(file, metadata, Scale, channels), shift = ParseNumbers(file, metadata, Shift, channels);
        if (scale.Any(s => s == 0)) throw Malformed(file, Scale, metadata[Scale]);
        int factor = ParseSize(file, metadata, Factor);
        int patch = metadata.ContainsKey(Patch) ? ParseSize(file, metadata, Patch) : 1;
        if (channels % (patch * (long)patch) != 0) throw Malformed(file, Patch, metadata[Patch]);
        var stated = new LatentSpace(id, metadata.GetValueOrDefault(Title, id), channels, factor, [.. scale], [.. shift], patch);
        if (LatentSpace.Find(id) is not { } known) return stated;
        // The statistics of a packed space come with the autoencoder's file; the known ones are only their rounded form.
        bool ownStatistics = known.Patch > 1 && scale.Length == channels && shift.Length == channels;
        if (known.Channels == channels && known.Factor == factor && known.Patch == patch && ownStatistics)
            return Same(known, stated) ? known : stated;
        if (known.Channels != channels || known.Factor != factor || known.Patch != patch)
            throw new LatentSharpException(ErrorKind.BadInput, file,
                $"the file says {id}, but not with that space's numbers: {channels} channels, factor {factor}, scale "
                    + $"{Numbers(stated.Scale)}, shift {Numbers(stated.Shift)} instead of {known.Channels}, {known.Factor}, "
                    + $"{Numbers(known.Scale)}, {Numbers(known.Shift)}.",
                "The metadata were changed after the file was written; encode the picture again.");
        // Written by an autoencoder with a scale of its own: another space, which that autoencoder alone decodes.
        return known.WithConstants(stated.Scale, stated.Shift);
    }

    public static (int Height, int Width)? PictureSize(string file, IReadOnlyDictionary<string, string> metadata)
        => metadata.ContainsKey(PictureHeight) || metadata.ContainsKey(PictureWidth)
        ? (ParseSize(file, metadata, PictureHeight), ParseSize(file, metadata, PictureWidth)) : null;

    public static Dictionary<string, string> Provenance(IReadOnlyDictionary<string, string> metadata)
        => metadata.Where(m => m.Key.StartsWith(Origin, StringComparison.Ordinal))
        .ToDictionary(m => m.Key[Origin.Length..], m => m.Value, StringComparer.Ordinal);

    private static bool Same(LatentSpace a, LatentSpace b)
    {
        for (int c = 0; c < a.Channels; c++)
            if (a.ScaleOf(c) != b.ScaleOf(c) || a.ShiftOf(c) != b.ShiftOf(c)) return false;
        return true;
    }

    private static string Numbers(IEnumerable<float> values)
        => string.Join(",", values.Select(v => v.ToString("R", CultureInfo.InvariantCulture)));

    private static float[] ParseNumbers(string file, IReadOnlyDictionary<string, string> metadata, string key, int channels)
    {
        string text = Required(file, metadata, key);
        string[] parts = text.Split(',');
        if (parts.Length != 1 && parts.Length != channels) throw Malformed(file, key, text);
        return [.. parts.Select(
            p => float.TryParse(p, NumberStyles.Float, CultureInfo.InvariantCulture, out float v) && float.IsFinite(v) ? v
            : throw Malformed(file, key, text))];
    }

    private static int ParseSize(string file, IReadOnlyDictionary<string, string> metadata, string key)
    {
        string text = Required(file, metadata, key);
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int v) && v > 0 ? v
            : throw Malformed(file, key, text);
    }

    private static string Required(string file, IReadOnlyDictionary<string, string> metadata, string key)
        => metadata.TryGetValue(key, out string? value) ? value
        : throw new LatentSharpException(ErrorKind.BadInput, file, $"the latent file's metadata lack \"{key}\".",
            "The file was changed after it was written; encode the picture again.");

    private static LatentSharpException Malformed(string file, string key, string value)
        => new(ErrorKind.BadInput, file,
            $"the latent file's metadata hold \"{key}\" = \"{(value.Length > 60 ? value[..60] + "..." : value)}\", which does not make sense there.",
            "The file was changed after it was written; encode the picture again.");
}
