using System.CommandLine;
using LatentSharp.Cli.Files;
using LatentSharp.Cli.Inspection;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent inspect</c></summary>
internal sealed class InspectCommand : LatentCommand
{
    private readonly Argument<string> file = new("FILE") { Description = "A weight file, a diffusers folder, a latent file or a picture." };
    private readonly Option<bool> digest = new("--digest") { Description = "Compute the digests of a large file too (of files up to 64 MB they always are)." };
    private readonly Option<bool> tensors = new("--tensors") { Description = "List every tensor." };
    private readonly Option<bool> entry = new("--entry") { Description = "Write the entry that makes this file known by its content: for known-autoencoders.json in the library's home." };
    private readonly Option<bool> card = new("--card") { Description = "Show the model card instead: of a file, a folder, or an autoencoder by name, such as embedded." };

    internal InspectCommand() : base("inspect", "Say what a file is.", "latent inspect ae.safetensors", "latent inspect photo.latent.safetensors --json", "latent inspect ae.safetensors --tensors --digest", "latent inspect my-vae.safetensors --entry", "latent inspect embedded --card")
    {
        Add(file);
        Add(digest);
        Add(tensors);
        Add(entry);
        Add(card);
    }

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output report, CancellationToken cancellationToken)
    {
        string path = arguments.GetRequiredValue(file);
        if (arguments.GetValue(card))
        {
            string text = ModelCard.Of(path, cancellationToken);
            report.Line(text.TrimEnd());
            report.Object(json =>
            {
                json.WriteString("file", path);
                json.WriteString("card", text);
            });
            return;
        }
        if (arguments.GetValue(entry))
        {
            CatalogueEntry.Write(InputFiles.Single(path, "*.safetensors"), report, cancellationToken);
            return;
        }
        if (!Directory.Exists(path)) path = InputFiles.Single(path, "*.safetensors");
        FileFacts.Of(path, arguments.GetValue(digest), arguments.GetValue(tensors), cancellationToken).Print(report);
    }
}
