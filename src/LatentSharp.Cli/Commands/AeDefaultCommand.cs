using System.CommandLine;
using LatentSharp.Autoencoders.Library;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent ae default</c></summary>
internal sealed class AeDefaultCommand : LatentCommand
{
    private readonly Argument<string?> name = new("NAME|PATH") { Description = "The autoencoder to use when --ae is not given; `embedded` for the one that is part of latent.", Arity = ArgumentArity.ZeroOrOne };

    internal AeDefaultCommand() : base("default", "Show or choose the autoencoder that is used when --ae is not given.", "latent ae default", "latent ae default flux1", "latent ae default embedded")
        => Add(name);

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output report, CancellationToken cancellationToken)
    {
        var library = CommandLine.Library();
        LibraryEntry entry = arguments.GetValue(name) is { } chosen ? library.SetDefault(chosen) : library.Find(null);
        report.Line(entry.Path is null ? $"{entry.Name} (part of latent)" : $"{entry.Name} ({entry.Path})");
        report.Object(json =>
        {
            json.WritePropertyName("autoencoder");
            AeListCommand.Write(json, entry);
        });
    }
}
