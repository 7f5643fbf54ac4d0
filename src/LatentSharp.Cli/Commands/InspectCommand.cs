using System.CommandLine;
using System.Text.Json;
using LatentSharp.Service.Inspecting;
using LatentSharp.Service.Json;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent inspect</c></summary>
internal sealed class InspectCommand : LatentCommand
{
    private readonly InputsArgument file = new("FILE")
    {
        Description = "A weight file, a diffusers folder, a latent file, a picture, or an autoencoder by name, such as embedded; or many: files, "
            + "folders, patterns, @lists.",
        Arity = ArgumentArity.OneOrMore,
    };
    private readonly Option<bool> digest = new("--digest") { Description = "Compute the digests of a large file too (of files up to 64 MB they always are)." };
    private readonly Option<bool> deep =
        new("--deep") { Description = "Look through the values of a large file too for NaN and infinity (of files up to 64 MB they always are)." };
    private readonly Option<bool> tensors = new("--tensors") { Description = "List every tensor." };
    private readonly Option<bool> entry =
        new("--entry") { Description = "Write the entry that makes this file known by its content: for known-autoencoders.json in the library's home." };
    private readonly Option<bool> card =
        new("--card") { Description = "Show the model card instead: of a file, a folder, or an autoencoder by name, such as embedded." };

    private readonly Option<bool> recursive = InputOptions.Recursive(), lines = InputOptions.JsonLines();

    internal InspectCommand() : base("inspect", "Say what a file is.",
        "latent inspect ae.safetensors", "latent inspect photo.latent.safetensors --json",
        "latent inspect ae.safetensors --tensors --digest", "latent inspect my-vae.safetensors --entry", "latent inspect embedded --card",
        "latent inspect downloads/ --json-lines")
    {
        foreach (Symbol symbol in (Symbol[])[file, digest, deep, tensors, entry, card, recursive, lines]) this.Add(symbol);
    }

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output output, CancellationToken cancellationToken)
    {
        string[] names = arguments.GetRequiredValue(file);
        if (InspectFiles.AreMany(names))
        {
            Many(arguments, output, cancellationToken);
            return;
        }
        string path = names[0];
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
            InspectResult result = InspectFile.Run(Library(arguments), Request(arguments, path), cancellationToken);
            ShownFacts.Print(result, output);
            if (output.JsonLines) output.Raw(result, ServiceJson.Lines.InspectResult);
            else output.Object(result, ServiceJson.Readable.InspectResult);
        }
    }

    private InspectRequest Request(ParseResult arguments, string path) => new()
    {
        File = path, Digest = arguments.GetValue(digest), Deep = arguments.GetValue(deep), Tensors = arguments.GetValue(tensors),
    };

    private void Many(ParseResult arguments, Output output, CancellationToken cancellationToken)
    {
        if (arguments.GetValue(card) || arguments.GetValue(entry))
            throw new LatentSharpException(ErrorKind.Usage, "", "cards and entries are shown one at a time.", "Name one file.");
        var printed = new BatchOutput<InspectedFile>(output, ServiceJson.Lines.InspectedFile, f => ShownFacts.Print(f.Found, output));
        InspectFilesResult result = InspectFiles.Run(Library(arguments), InputOptions.Selection(arguments, file, recursive),
            Request(arguments, ""), output.Progress("inspect"), printed, cancellationToken);
        printed.End(result, result with { Results = [] },
            (ServiceJson.Lines.InspectFilesResult, ServiceJson.Readable.InspectFilesResult), null, (result.Failed, result.Batch, "inspected"));
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
