using System.CommandLine;
using System.Text.Json;
using LatentSharp.Autoencoders.Library;
using LatentSharp.Latents;
using LatentSharp.Weights.Identity;

namespace LatentSharp.Cli;

/// <summary>The autoencoder that a command works with, and how it was chosen.</summary>
internal sealed class ChosenAutoencoder : IDisposable
{
    private readonly LibraryEntry entry;
    private string? digest;

    private ChosenAutoencoder(LibraryEntry entry, Autoencoder autoencoder) => (this.entry, Autoencoder) = (entry, autoencoder);

    /// <summary>The option <c>--ae</c>.</summary>
    internal static Option<string?> Option() => new("--ae") { Description = "The autoencoder: a file, a diffusers folder, or a name that `latent ae list` shows.", HelpName = "NAME|PATH" };

    internal Autoencoder Autoencoder { get; }

    /// <summary>In one line, for people.</summary>
    internal string Description => entry.Path is null
        ? $"the {entry.Name} autoencoder, latent space {Autoencoder.Space.Title}{(entry.Name == AutoencoderLibrary.EmbeddedName ? " (small and softer than FLUX.1's own: see --ae)" : "")}"
        : $"{entry.Path} ({Autoencoder.Family.Title}), latent space {Autoencoder.Space.Title}";

    /// <summary>Opens what <c>--ae</c> named, or the default.</summary>
    internal static ChosenAutoencoder Open(string? named, Output report)
    {
        LibraryEntry entry = CommandLine.Library().Find(named);
        Autoencoder autoencoder = entry.Open();
        if (entry.Path is not null)   // of those that need no file the result itself says all there is to say
            foreach (string note in autoencoder.Notes) report.Note(note);
        return new ChosenAutoencoder(entry, autoencoder);
    }

    /// <summary>The member <c>autoencoder</c> of a result.</summary>
    internal void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject("autoencoder");
        json.WriteString("name", entry.Name);
        json.WriteString("path", entry.Path);
        json.WriteString("family", Autoencoder.Family.Id);
        json.WriteString("space", Autoencoder.Space.Id);
        json.WriteEndObject();
    }

    /// <summary>What a latent file says about where it comes from.</summary>
    internal Dictionary<string, string> Provenance(Latent latent, string picture)
    {
        var origin = new Dictionary<string, string>(latent.Provenance)
        {
            [LatentProvenance.Autoencoder] = entry.Name,
            [LatentProvenance.Picture] = Path.GetFileName(picture),
            [LatentProvenance.PictureDigest] = FileDigest.Sha256(picture),
        };
        if ((digest ??= entry.Sha256()) is { } known) origin[LatentProvenance.AutoencoderDigest] = known;
        return origin;
    }

    public void Dispose() => Autoencoder.Dispose();
}
