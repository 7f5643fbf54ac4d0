using System.CommandLine;
using LatentSharp.Autoencoders.Library;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent ae add-folder</c></summary>
internal sealed class AeAddFolderCommand : LatentCommand
{
    private readonly Argument<string> path = new("FOLDER") { Description = "A folder of autoencoders, such as ComfyUI's models/vae." };

    internal AeAddFolderCommand() : base("add-folder", "Register a folder; its autoencoders are found by their file names.", "latent ae add-folder ~/ComfyUI/models/vae")
        => Add(path);

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output report, CancellationToken cancellationToken)
    {
        var library = CommandLine.Library();
        string folder = library.RegisterFolder(arguments.GetRequiredValue(path));
        List<LibraryEntry> found = [.. library.List().Where(e => e.Source == LibrarySource.Folder && e.Path!.StartsWith(folder, StringComparison.Ordinal))];
        report.Line($"{folder} is registered; it holds {(found.Count == 0 ? "no autoencoder yet" : string.Join(", ", found.Select(e => e.Name)))}.");
        report.Object(json =>
        {
            json.WriteString("folder", folder);
            json.WriteStartArray("autoencoders");
            foreach (LibraryEntry entry in found) AeListCommand.Write(json, entry);
            json.WriteEndArray();
        });
    }
}
