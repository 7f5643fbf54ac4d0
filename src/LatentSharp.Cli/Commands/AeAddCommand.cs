using System.CommandLine;
using LatentSharp.Autoencoders.Library;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent ae add</c></summary>
internal sealed class AeAddCommand : LatentCommand
{
    private readonly Argument<string> path = new("PATH") { Description = "A weight file, or a diffusers folder." };
    private readonly Option<string?> name = new("--name") { Description = "The name it gets; the file name without its extension by default.", HelpName = "NAME" };

    internal AeAddCommand() : base("add", "Register an autoencoder under a name. The file stays where it is.", "latent ae add ~/models/ae.safetensors --name flux1")
    {
        Add(path);
        Add(name);
    }

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output report, CancellationToken cancellationToken)
    {
        string file = arguments.GetRequiredValue(path);
        var library = CommandLine.Library();
        LibraryEntry found = library.Find(file);
        using (Autoencoder autoencoder = found.Open())   // a file that cannot be used is not registered
            report.Line($"{file}: {autoencoder.Family.Title}, latent space {autoencoder.Space.Title}");
        LibraryEntry entry = library.Register(arguments.GetValue(name) ?? found.Name, file);
        report.Line($"--ae {entry.Name} now means {entry.Path}");
        report.Object(json =>
        {
            json.WritePropertyName("autoencoder");
            AeListCommand.Write(json, entry);
        });
    }
}
