using LatentSharp.Autoencoders.Library;
using LatentSharp.Weights.Identity;

namespace LatentSharp.Service.Inspecting;

/// <summary>
/// What the makers of weights say about them in Markdown: a file beside the weights, and for the embedded autoencoder part of this program.
/// </summary>
public static class ModelCard
{
    private const string Resource = "LatentSharp.Service.flux1-mini.md";

    /// <summary>Longer files cannot be the embedded autoencoder's, whose digest its card gives.</summary>
    private const long MayBeEmbedded = 64_000_000;

    /// <summary>The card of the embedded autoencoder.</summary>
    public static string Embedded
    {
        get
        {
            using Stream stream = typeof(ModelCard).Assembly.GetManifestResourceStream(Resource)
                ?? throw new InvalidOperationException($"the resource {Resource} is not part of this assembly");
            using var reader = new StreamReader(stream);
            return reader.ReadToEnd();
        }
    }

    /// <summary>The card of an autoencoder, or of a model that the program brings along.</summary>
    /// <param name="library">Where autoencoders are found by name.</param>
    /// <param name="named">A path or a name.</param>
    /// <param name="cancellationToken">Ends the computing of the digest.</param>
    /// <exception cref="LatentSharpException">There is no such autoencoder, or no card is known.</exception>
    public static ModelCardText Of(AutoencoderLibrary library, string named, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(library);
        return new ModelCardText(named, Text(library, named, cancellationToken));
    }

    private static string Text(AutoencoderLibrary library, string named, CancellationToken cancellationToken)
    {
        BuiltInModel? model = library.Models.FirstOrDefault(m => m.Name.Equals(named, StringComparison.OrdinalIgnoreCase));
        if (model?.Card is { } card) return card();
        LibraryEntry entry = library.Find(named);
        if (entry.Name == AutoencoderLibrary.EmbeddedName && entry.Path is null) return Embedded;
        if (entry.Path is null)
            throw new LatentSharpException(ErrorKind.NotFound, named, "this autoencoder has no weights and no model card.",
                "The embedded autoencoder has one.");
        string beside = Directory.Exists(entry.Path) ? Path.Combine(entry.Path, "README.md") : Path.ChangeExtension(entry.Path, ".md");
        if (File.Exists(beside)) return File.ReadAllText(beside);
        if (File.Exists(entry.Path) && new FileInfo(entry.Path).Length <= MayBeEmbedded
            && Embedded.Contains(FileDigest.Sha256(entry.Path, null, cancellationToken), StringComparison.Ordinal)) return Embedded;
        throw new LatentSharpException(ErrorKind.NotFound, entry.Path, "there is no model card for these weights.",
            $"A card is a Markdown file beside the weights; looked for {beside}.");
    }
}

/// <summary>A model card.</summary>
/// <param name="File">Whose, as it was named.</param>
/// <param name="Card">The card, in Markdown.</param>
public sealed record ModelCardText(string File, string Card);
