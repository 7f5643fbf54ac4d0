using System.CommandLine;
using LatentSharp.Service.Json;
using LatentSharp.Service.ModelFolders;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent models</c></summary>
internal sealed class ModelsCommand : LatentCommand
{
    private readonly Argument<string[]> folders = new("DIR")
    {
        Description = "Folders of models, as ComfyUI, Forge, InvokeAI or diffusers have them; by default the registered ones.",
        Arity = ArgumentArity.ZeroOrMore,
    };
    private readonly Option<bool> all = new("--all") { Description = "List every file too, not only the parts of pipelines." };

    internal ModelsCommand()
        : base("models", "Say which models there are, complete or not, and what is missing: name, size, digest and licence of what to fetch.",
            "latent models ~/ComfyUI/models", "latent models", "latent models --all --json")
    {
        foreach (Symbol symbol in (Symbol[])[folders, all]) this.Add(symbol);
    }

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output output, CancellationToken cancellationToken)
    {
        ModelsResult result = ListModels.Run(Library(arguments), arguments.GetValue(folders) ?? [], output.Progress("models"), cancellationToken);
        ShownModels.Print(result, arguments.GetValue(all), output);
        output.Object(result, ServiceJson.Readable.ModelsResult);
    }
}
