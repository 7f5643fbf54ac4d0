using System.CommandLine;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent ae remove</c></summary>
internal sealed class AeRemoveCommand : LatentCommand
{
    private readonly Argument<string> name = new("NAME|FOLDER") { Description = "A registered name or folder." };

    internal AeRemoveCommand() : base("remove", "Forget a registered name or folder. No file is deleted.", "latent ae remove flux1")
        => Add(name);

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output report, CancellationToken cancellationToken)
    {
        string what = arguments.GetRequiredValue(name);
        string path = CommandLine.Library().Remove(what);
        report.Line($"{what} is no longer registered; {path} was not touched.");
        report.Object(json => json.WriteString("removed", path));
    }
}
