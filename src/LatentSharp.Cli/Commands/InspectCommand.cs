using System.CommandLine;
using System.Text.Json;
using LatentSharp.Service.Inspecting;
using LatentSharp.Service.Json;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent inspect</c></summary>
internal sealed class InspectCommand : LatentCommand
{
    private readonly Argument<string> file =
        new("FILE") { Description = "A weight file, a diffusers folder, a latent file, a picture, or an autoencoder by name, such as embedded." };
    private readonly Option<bool> digest = new("--digest") { Description = "Compute the digests of a large file too (of files up to 64 MB they always are)." };
    private readonly Option<bool> deep =
        new("--deep") { Description = "Look through the values of a large file too for NaN and infinity (of files up to 64 MB they always are)." };
    private readonly Option<bool> tensors = new("--tensors") { Description = "List every tensor." };
    private readonly Option<bool> entry =
        new("--entry") { Description = "Write the entry that makes this file known by its content: for known-autoencoders.json in the library's home." };
    private readonly Option<bool> card =
        new("--card") { Description = "Show the model card instead: of a file, a folder, or an autoencoder by name, such as embedded." };

    internal InspectCommand() : base("inspect", "Say what a file is.",
        "latent inspect ae.safetensors", "latent inspect photo.latent.safetensors --json",
        "latent inspect ae.safetensors --tensors --digest", "latent inspect my-vae.safetensors --entry", "latent inspect embedded --card")
    {
        foreach (Symbol symbol in (Symbol[])[file, digest, deep, tensors, entry, card]) this.Add(symbol);
    }

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output output, CancellationToken cancellationToken)
    {
        string path = arguments.GetRequiredValue(file);
        if (arguments.GetValue(card))
        {
            ModelCardText text = ModelCard.Of(Library(arguments), path, cancellationToken);
            output.Line(WithoutComments(text.Card).Trim());
            output.Object(text, ServiceJson.Readable.ModelCardText);
        }
        else if (arguments.GetValue(entry))
        {
            CatalogueEntry found = CatalogueEntry.Of(path, cancellationToken);
            output.Line(JsonSerializer.Serialize(found, ServiceJson.Readable.CatalogueEntry));
            output.Object(found, ServiceJson.Readable.CatalogueEntry);
        }
        else
        {
            InspectResult result = InspectFile.Run(Library(arguments), new InspectRequest
            {
                File = path, Digest = arguments.GetValue(digest), Deep = arguments.GetValue(deep), Tensors = arguments.GetValue(tensors),
            }, cancellationToken);
            ShownFacts.Print(result, output);
            output.Object(result, ServiceJson.Readable.InspectResult);
        }
    }

    // Marks for programs that keep the card up to date; nobody reads them on a terminal.
    private static string WithoutComments(string markdown)
    {
        while (markdown.IndexOf("<!--", StringComparison.Ordinal) is >= 0 and int from
            && markdown.IndexOf("-->", from, StringComparison.Ordinal) is >= 0 and int to)
            markdown = markdown.Remove(from, to + "-->".Length - from);
        return markdown;
    }
}
