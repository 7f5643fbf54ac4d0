using LatentSharp.Datasets.Manifests;

namespace LatentSharp.Datasets;

/// <summary>What became of a picture of a data set.</summary>
/// <param name="Name">The picture's path below the source, with slashes.</param>
/// <param name="WasThere">Whether its latent was there already, by content and settings.</param>
/// <param name="Files">The files of its latent, below the data set's folder; none when it could not be encoded.</param>
/// <param name="Picture">Width and height in pixels as the trainer sees the picture; 0 when it could not be read.</param>
/// <param name="Bucket">Width and height in pixels of what was encoded.</param>
/// <param name="Seconds">How long it took; 0 for what was there already.</param>
/// <param name="Notes">What was done beyond plain reading, a sentence each.</param>
/// <param name="Error">Why it has no latent, and what can be done; null when it has one.</param>
public sealed record DatasetItem(string Name, bool WasThere, IReadOnlyList<string> Files, (int Width, int Height) Picture,
    (int Width, int Height) Bucket, double Seconds, IReadOnlyList<string> Notes, LatentSharpException? Error)
{
    /// <summary>What a caller sees of an entry.</summary>
    internal static DatasetItem Of(EncodedEntry encoded)
    {
        ManifestEntry entry = encoded.Entry;
        return new DatasetItem(entry.Name, encoded.WasThere, [.. entry.Files.Select(f => f.Name)], Size(entry.Placement?.Picture),
            Size(entry.Placement?.Bucket), encoded.Seconds, entry.Notes,
            entry.Error is { } error ? new LatentSharpException(error.Kind, entry.Name, error.What, error.Next) : null);

        static (int, int) Size(int[]? size) => size is [var width, var height] ? (width, height) : default;
    }
}
