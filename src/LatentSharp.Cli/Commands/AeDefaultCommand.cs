using System.CommandLine;
using LatentSharp.Service.Autoencoders;
using LatentSharp.Service.Json;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent ae default</c></summary>
internal sealed class AeDefaultCommand : LatentCommand
{
    private readonly Argument<string?> name = new("NAME|PATH")
    {
        Description = "The autoencoder to use when --ae is not given; `embedded` for the one that is part of latent.", Arity = ArgumentArity.ZeroOrOne,
    };

    internal AeDefaultCommand()
        : base("default", "Show or choose the autoencoder that is used when --ae is not given.", "latent ae default",
            "latent ae default flux1", "latent ae default embedded")
        => Add(name);

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output output, CancellationToken cancellationToken)
    {
        ChosenAutoencoder result = ManageLibrary.Default(Library(arguments), arguments.GetValue(name));
        ListedAutoencoder a = result.Autoencoder;
        output.Line(a.Path is null ? $"{a.Name} (part of latent)" : $"{a.Name} ({a.Path})");
        output.Object(result, ServiceJson.Readable.ChosenAutoencoder);
    }
}
