using System.CommandLine;
using LatentSharp.Service.Autoencoders;
using LatentSharp.Service.Json;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent ae add-folder</c></summary>
internal sealed class AeAddFolderCommand : LatentCommand
{
    private readonly Argument<string> path = new("FOLDER") { Description = "A folder, such as ComfyUI's models, or models/vae in it." };

    internal AeAddFolderCommand()
        : base("add-folder", "Register a folder; the autoencoders and models in it are found by their file names.",
            "latent ae add-folder ~/ComfyUI/models")
        => Add(path);

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output output, CancellationToken cancellationToken)
    {
        RegisteredFolder result = ManageLibrary.RegisterFolder(Library(arguments), arguments.GetRequiredValue(path));
        string found = result.Autoencoders.Count == 0 ? "no autoencoder yet" : string.Join(", ", result.Autoencoders.Select(a => a.Name));
        output.Line($"{result.Folder} is registered; it holds {found}. `latent models` shows everything in it.");
        output.Object(result, ServiceJson.Readable.RegisteredFolder);
    }
}
