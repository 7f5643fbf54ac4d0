using System.CommandLine;
using System.Globalization;
using LatentSharp.Service.Datasets;
using LatentSharp.Service.Json;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent dataset merge</c></summary>
internal sealed class DatasetMergeCommand : LatentCommand
{
    private readonly Argument<string> source = DatasetOptions.Source();
    private readonly Option<string> output = DatasetOptions.Output();
    private readonly Option<int> shards = SharedOptions.WholeNumber(new Option<int>("--shards")
    {
        Description = "How many parts there were, to say which of them are not finished.", HelpName = "N",
    }, 1_000_000);

    internal DatasetMergeCommand() : base("merge", "Take what the parts of a data set wrote down together; refused while a picture is missing.",
        "latent dataset merge photos -o latents", "latent dataset merge photos -o latents --shards 16")
    {
        foreach (Symbol symbol in (Symbol[])[source, output, shards]) this.Add(symbol);
    }

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output output, CancellationToken cancellationToken)
    {
        int parts = arguments.GetValue(shards);
        MergeDatasetResult result = MergeDataset.Run(arguments.GetRequiredValue(source), arguments.GetRequiredValue(this.output),
            parts > 0 ? parts : null, cancellationToken);
        output.Line(DatasetStatusCommand.Shown(result.Dataset));
        output.Line(string.Create(CultureInfo.InvariantCulture, $"{result.Encoded} pictures, complete; {result.Failed.Count} failed"));
        foreach (DatasetProblem problem in result.Failed) output.Warn($"{problem.Input}: {problem.What}");
        output.Object(result, ServiceJson.Readable.MergeDatasetResult);
        output.ExitCode = result.Failed.Count > 0 ? ExitCode.BadInput : ExitCode.Done;
    }
}
