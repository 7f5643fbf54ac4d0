using System.CommandLine;
using LatentSharp.Service.Autoencoders;
using LatentSharp.Service.Json;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent ae remove</c></summary>
internal sealed class AeRemoveCommand : LatentCommand
{
    private readonly Argument<string> name = new("NAME|FOLDER") { Description = "A registered name or folder." };

    internal AeRemoveCommand() : base("remove", "Forget a registered name or folder. No file is deleted.", "latent ae remove flux1")
        => Add(name);

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output output, CancellationToken cancellationToken)
    {
        string what = arguments.GetRequiredValue(name);
        ForgottenAutoencoder result = ManageLibrary.Forget(Library(arguments), what);
        output.Line($"{what} is no longer registered; {result.Removed} was not touched.");
        output.Object(result, ServiceJson.Readable.ForgottenAutoencoder);
    }
}
