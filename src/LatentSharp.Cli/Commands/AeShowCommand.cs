using System.CommandLine;
using LatentSharp.Autoencoders.Library;
using LatentSharp.Cli.Inspection;
using LatentSharp.Weights.Files;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent ae show</c></summary>
internal sealed class AeShowCommand : LatentCommand
{
    private readonly Argument<string?> name = new("NAME|PATH") { Description = "An autoencoder; the default one when left out.", Arity = ArgumentArity.ZeroOrOne };

    internal AeShowCommand() : base("show", "Say what an autoencoder is and where it lies.", "latent ae show", "latent ae show flux1 --json")
        => Add(name);

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output report, CancellationToken cancellationToken)
    {
        LibraryEntry entry = CommandLine.Library().Find(arguments.GetValue(name));
        var facts = new FileFacts(entry.Path ?? "part of latent");
        facts.Add("name", entry.Name);
        facts.Add("source", entry.Source.ToString().ToLowerInvariant());
        facts.Add("default", entry.IsDefault);
        if (entry.Path is null)
        {
            WeightFacts.Add(facts, entry.Open().Weights, "safetensors", entry.Open, digest: false, bytes: null, sha256: null, cancellationToken);
        }
        else
        {
            using WeightFile weights = WeightFiles.Open(entry.Path);
            WeightFacts.Add(facts, weights, digest: false, File.Exists(entry.Path) ? new FileInfo(entry.Path).Length : null, sha256: null, cancellationToken);
        }
        facts.Print(report);
    }
}
