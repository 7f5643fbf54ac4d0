using System.CommandLine;
using System.Globalization;
using LatentSharp.Service.Datasets;
using LatentSharp.Service.Json;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent dataset prune</c></summary>
internal sealed class DatasetPruneCommand : LatentCommand
{
    private readonly Argument<string> source = DatasetOptions.Source();
    private readonly Option<string> output = DatasetOptions.Output();
    private readonly Option<bool> dry = new("--dry-run") { Description = "Only say what would be removed." };

    internal DatasetPruneCommand() : base("prune", "Remove the latents of pictures that are gone; files that `dataset encode` did not write stay.",
        "latent dataset prune photos -o latents --dry-run", "latent dataset prune photos -o latents")
    {
        foreach (Symbol symbol in (Symbol[])[source, output, dry]) this.Add(symbol);
    }

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output output, CancellationToken cancellationToken)
    {
        PruneDatasetResult result = PruneDataset.Run(arguments.GetRequiredValue(source), arguments.GetRequiredValue(this.output),
            arguments.GetValue(dry));
        foreach (string file in result.Files) output.Line(file);
        output.Line(string.Create(CultureInfo.InvariantCulture, $"{result.Gone.Count} pictures are gone; {result.Files.Count} files, "
            + $"{result.Bytes / 1e6:0.0} MB {(result.DryRun ? "would be" : "were")} removed"));
        output.Object(result, ServiceJson.Readable.PruneDatasetResult);
    }
}
