using LatentSharp.Autoencoders.Catalogue;

namespace LatentSharp.Service.ModelFolders;

/// <summary>A published file that would fill a gap.</summary>
/// <param name="File">The name that it is published under.</param>
/// <param name="Bytes">Its size; null when unknown.</param>
/// <param name="Sha256">Its SHA-256; null when unknown.</param>
/// <param name="Licence">Its licence; null when unknown.</param>
/// <param name="Places">Where it is published; empty when unknown.</param>
public sealed record PublishedPart(string File, long? Bytes, string? Sha256, string? Licence, IReadOnlyList<string> Places)
{
    /// <summary>
    /// The full-size autoencoder of a space: one that says where it is published first, else one that is known, else its name.
    /// </summary>
    internal static PublishedPart? Autoencoder(LatentSpace space)
    {
        PublishedFile[] known = [.. PublishedFiles.Load().All.Where(f => AutoencoderFamily.Find(f.Family)?.Space == space)
            .OrderByDescending(f => AutoencoderFamily.Find(f.Family)!.Id == space.Id).ThenByDescending(f => f.Places.Count > 0)];
        if (known is [var file, ..]) return Of(file);
        return AutoencoderFamily.Speaking(space).FirstOrDefault() is { } family
            ? new PublishedPart(family.PublishedAs, null, null, null, []) : null;
    }

    // A note behind the name tells files of one name apart.
    private static PublishedPart Of(PublishedFile file) => new(file.FileName.Split(" (")[0], file.Bytes, file.Sha256, file.Licence, file.Places);
}
