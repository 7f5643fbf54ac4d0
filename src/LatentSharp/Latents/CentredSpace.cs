using System.Globalization;
using LatentSharp.Errors;

namespace LatentSharp.Latents;

/// <summary>
/// A latent space with a scale and shift of its own, kept in the metadata of the autoencoder's weight file, so that the file is complete without a configuration
/// beside it. Its id differs from that of the space it was made from: latents of the two must not be mixed.
/// </summary>
internal static class CentredSpace
{
    private const string Id = "latentsharp.latents.space", Scale = "latentsharp.latents.scale", Shift = "latentsharp.latents.shift";

    /// <summary>The space with other numbers, under an id of its own.</summary>
    /// <param name="origin">What it is made from.</param>
    /// <param name="digest">Tells one such space from another: hexadecimal digits, 8 at least.</param>
    /// <param name="scale">One scale, or one for each channel, against what the networks give.</param>
    /// <param name="shift">One shift, or one for each channel.</param>
    public static LatentSpace Of(LatentSpace origin, string digest, ReadOnlySpan<float> scale, ReadOnlySpan<float> shift)
        => origin with { Id = $"{Base(origin.Id)}-centred-{digest[..8]}", Title = Base(origin.Title, ", centred") + ", centred", Scale = [.. scale], Shift = [.. shift] };

    /// <summary>What a weight file says about a space.</summary>
    public static Dictionary<string, string> Metadata(LatentSpace space) => new(StringComparer.Ordinal) { [Id] = space.Id, [Scale] = Text(space.Scale), [Shift] = Text(space.Shift) };

    /// <summary>The space that a weight file's metadata name, or null when they name none.</summary>
    /// <exception cref="LatentSharpException">The metadata make no sense.</exception>
    public static LatentSpace? Read(LatentSpace origin, IReadOnlyDictionary<string, string> metadata, string file)
    {
        if (!metadata.TryGetValue(Id, out string? id)) return null;
        float[] scale = Numbers(Scale), shift = Numbers(Shift);
        if (scale.Any(s => s <= 0)) throw Malformed(Scale);
        return origin with { Id = id, Title = origin.Title + ", centred", Scale = [.. scale], Shift = [.. shift] };

        float[] Numbers(string key)
        {
            string[] parts = metadata.GetValueOrDefault(key, "").Split(',');
            if (parts.Length != 1 && parts.Length != origin.Channels) throw Malformed(key);
            return [.. parts.Select(p => float.TryParse(p, NumberStyles.Float, CultureInfo.InvariantCulture, out float v) && float.IsFinite(v) ? v : throw Malformed(key))];
        }

        LatentSharpException Malformed(string key) => new(ErrorKind.BadInput, file,
            $"the metadata name the latent space {id}, but \"{key}\" is not one number, nor one for each of {origin.Channels} channels.", "The file was changed after it was written; make it again with `latent recalibrate --latents`.");
    }

    private static string Base(string text, string mark = "-centred-") => text.IndexOf(mark, StringComparison.Ordinal) is > 0 and int at ? text[..at] : text;

    private static string Text(IEnumerable<float> values) => string.Join(",", values.Select(v => v.ToString("R", CultureInfo.InvariantCulture)));
}
