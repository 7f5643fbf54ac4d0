using System.Collections.Immutable;
using System.Globalization;

namespace LatentSharp.Autoencoders.Families;

/// <summary>
/// What a safetensors file says about the autoencoder in it, in words of this library. A conversion takes an autoencoder away from what
/// told its family: the checkpoint around it, the configuration beside it, its name. So it writes down what was known.
/// </summary>
internal static class AutoencoderMetadata
{
    /// <summary>The key of the family's id.</summary>
    public const string FamilyKey = "latentsharp.family";

    /// <summary>How the names of spaces begin that a new autoencoder has made for itself.</summary>
    public const string NewSpace = "own-";

    private const string SpaceKey = "latentsharp.space", ScaleKey = "latentsharp.scale", ShiftKey = "latentsharp.shift";

    // Below this what is known is a guess, which must not be written down as a fact.
    private const double Sure = 0.9;

    /// <summary>The entries for an autoencoder of a family that was found by evidence: none where that is a guess.</summary>
    /// <param name="found">Its family.</param>
    /// <param name="own">Its latent space.</param>
    /// <param name="evidence">What speaks for the family, strongest first.</param>
    internal static IReadOnlyDictionary<string, string> Of(AutoencoderFamily found, LatentSpace own, IReadOnlyList<Evidence> evidence)
    {
        if (evidence.Count == 0 || evidence[0].Confidence < Sure || AutoencoderFamily.Find(found.Id) is not { } family)
            return new Dictionary<string, string>();
        var entries = new Dictionary<string, string> { [FamilyKey] = family.Id };
        if (own.Patch == 1 && !(own.Scale.SequenceEqual(family.Space.Scale) && own.Shift.SequenceEqual(family.Space.Shift)))
            (entries[ScaleKey], entries[ShiftKey]) = (Text(own.Scale), Text(own.Shift));
        return entries;
    }

    /// <summary>The entries for an autoencoder of a family with a space of its own.</summary>
    internal static Dictionary<string, string> Of(AutoencoderFamily family, LatentSpace own)
    {
        var entries = new Dictionary<string, string> { [SpaceKey] = own.Id, [ScaleKey] = Text(own.Scale), [ShiftKey] = Text(own.Shift) };
        // One without a name is told by its shapes.
        if (AutoencoderFamily.Find(family.Id) is not null) entries[FamilyKey] = family.Id;
        return entries;
    }

    /// <summary>The space of its own that metadata names, or null: latents of it must not be mixed with those of the family.</summary>
    /// <param name="metadata">Of the weight file.</param>
    /// <param name="origin">The space of the family.</param>
    /// <param name="file">For errors.</param>
    /// <exception cref="LatentSharpException">The metadata make no sense.</exception>
    internal static LatentSpace? SpaceOf(IReadOnlyDictionary<string, string> metadata, LatentSpace origin, string file)
    {
        if (!metadata.TryGetValue(SpaceKey, out string? id)) return null;
        return ConstantsOf(metadata, origin.Channels) is { } own
            ? origin with
            {
                Id = id,
                Title = id.StartsWith(NewSpace, StringComparison.Ordinal) ? "a space of its own" : origin.Title + ", centred",
                Scale = own.Scale,
                Shift = own.Shift,
            }
            : throw new LatentSharpException(ErrorKind.BadInput, file,
                $"the metadata name the latent space {id}, but {ScaleKey} and {ShiftKey} are not one number, nor one for each of "
                    + $"{origin.Channels} channels.",
                    new Remedy(RemedyKind.Recalibrate, "The file was changed after it was written; recalibrate the autoencoder again."));
    }

    /// <summary>The family that metadata names; null when there is none of that name.</summary>
    internal static AutoencoderFamily? FamilyOf(IReadOnlyDictionary<string, string> metadata)
        => metadata.TryGetValue(FamilyKey, out string? id) ? AutoencoderFamily.Find(id) : null;

    /// <summary>The scale and shift that metadata gives; null when there are none for so many channels.</summary>
    internal static (ImmutableArray<float> Scale, ImmutableArray<float> Shift)? ConstantsOf(IReadOnlyDictionary<string, string> metadata,
        int channels)
        => metadata.TryGetValue(ScaleKey, out string? scale) && metadata.TryGetValue(ShiftKey, out string? shift)
            && Numbers(scale, channels) is { } scales && scales.All(s => s > 0) && Numbers(shift, channels) is { } shifts
            ? (scales, shifts) : null;

    private static string Text(ImmutableArray<float> values)
        => string.Join(",", values.Select(v => v.ToString("R", CultureInfo.InvariantCulture)));

    private static ImmutableArray<float>? Numbers(string text, int channels)
    {
        var values = new List<float>();
        foreach (string word in text.Split(','))
        {
            if (!float.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out float value) || !float.IsFinite(value))
                return null;
            values.Add(value);
        }
        return values.Count == 1 || values.Count == channels ? [.. values] : null;
    }
}
