using LatentSharp.Autoencoders.Catalogue;
using LatentSharp.Autoencoders.Library;

namespace LatentSharp.Cli;

/// <summary>What someone with a wrong pairing has to type.</summary>
internal sealed class FittingCommands
{
    private readonly AutoencoderLibrary library = new();

    /// <summary>The commands, or what to fetch first; one line each.</summary>
    /// <param name="needed">The space that the autoencoder, or the latents, should be of.</param>
    /// <param name="ae">What <c>--ae</c> was given; null when no autoencoder was checked.</param>
    /// <param name="latents">The latent file; null when none was checked.</param>
    /// <param name="model">What <c>--model</c> was given; null when none was checked.</param>
    /// <param name="written">The space in which the latents are.</param>
    internal IEnumerable<string> Lines(LatentSpace needed, string? ae, string? latents, string? model, LatentSpace? written)
    {
        string? beside = ae is not null && File.Exists(ae) ? Path.GetDirectoryName(Path.GetFullPath(ae)) : null;
        if (library.Fitting(needed, beside) is not { } fitting) return Missing(needed);
        string named = Named(fitting);
        if (latents is null) return [$"latent check --ae {named} --model {TypedRemedy.Quoted(model!)}"];
        if (ae is not null) return [$"latent decode {TypedRemedy.Quoted(latents)} --ae {named}"];
        // Latents for another model: through the picture. The autoencoder that reads them is needed too.
        if (written is null || library.Fitting(written, beside) is not { } reading) return written is null ? [] : Missing(written);
        string picture = TypedRemedy.Quoted(Path.Combine(Path.GetDirectoryName(latents) ?? "", Path.GetFileNameWithoutExtension(latents).Replace(".latent", "", StringComparison.Ordinal) + "-decoded.png"));
        return [$"latent decode {TypedRemedy.Quoted(latents)} --ae {Named(reading)} -o {picture}", $"latent encode {picture} --ae {named}"];
    }

    private static IEnumerable<string> Missing(LatentSpace space)
    {
        PublishedFile[] published = [.. PublishedFiles.Load().All.Where(f => AutoencoderFamily.Find(f.Family)?.Space == space && f.Places.Count > 0)];
        if (published.Length > 0) yield return $"# {published[0].FileName}: {published[0].Places[0]}";
        string name = published.Length > 0 ? published[0].FileName.Split(" (")[0] : AutoencoderFamily.Speaking(space).FirstOrDefault()?.PublishedAs.Split(' ')[0] ?? "FILE";
        yield return $"latent ae add PATH/{name}";
    }

    private static string Named(LibraryEntry entry) => TypedRemedy.Quoted(entry.Source == LibrarySource.Path ? entry.Path! : entry.Name);
}
