using System.CommandLine;
using LatentSharp.Service.Autoencoders;
using LatentSharp.Service.Json;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent ae add</c></summary>
internal sealed class AeAddCommand : LatentCommand
{
    private readonly Argument<string> path = new("PATH") { Description = "A weight file, or a diffusers folder." };
    private readonly Option<string?> name =
        new("--name") { Description = "The name it gets; the file name without its extension by default.", HelpName = "NAME" };

    internal AeAddCommand()
        : base("add", "Register an autoencoder under a name. The file stays where it is.", "latent ae add ~/models/ae.safetensors --name flux1")
    {
        Add(path);
        Add(name);
    }

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output output, CancellationToken cancellationToken)
    {
        ChosenAutoencoder result = ManageLibrary.Register(Library(arguments), arguments.GetRequiredValue(path), arguments.GetValue(name));
        ListedAutoencoder a = result.Autoencoder;
        output.Line($"--ae {TypedRemedy.Quoted(a.Name)} now means {a.Path}: family {a.Family}, latent space {a.Space}");
        output.Object(result, ServiceJson.Readable.ChosenAutoencoder);
    }
}
