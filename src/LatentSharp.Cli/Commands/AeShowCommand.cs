using System.CommandLine;
using LatentSharp.Service.Inspecting;
using LatentSharp.Service.Json;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent ae show</c></summary>
internal sealed class AeShowCommand : LatentCommand
{
    private readonly Argument<string?> name = new("NAME|PATH")
    {
        Description = "An autoencoder; the default one when left out.",
        Arity = ArgumentArity.ZeroOrOne
    };

    internal AeShowCommand() : base("show", "Say what an autoencoder is and where it lies.", "latent ae show", "latent ae show flux1 --json")
        => Add(name);

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output output, CancellationToken cancellationToken)
    {
        InspectResult result = InspectFile.Show(Library(arguments), arguments.GetValue(name), cancellationToken);
        ShownFacts.Print(result, output);
        output.Object(result, ServiceJson.Readable.InspectResult);
    }
}
