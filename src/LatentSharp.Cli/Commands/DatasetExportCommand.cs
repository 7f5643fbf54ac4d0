using System.CommandLine;
using System.Globalization;
using LatentSharp.Service.Batches;
using LatentSharp.Service.Datasets;
using LatentSharp.Service.Json;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent dataset export</c></summary>
internal sealed class DatasetExportCommand : LatentCommand
{
    private readonly Argument<string> folder = new("DIR") { Description = "The folder of the data set." };
    private readonly Option<string> output = new("--output", "-o") { Description = "The folder to write.", HelpName = "DIR", Required = true };
    private readonly Option<string?> format = DatasetOptions.Word("--format", "What is written.", ExportDataset.Formats);
    private readonly Option<string?> architecture = DatasetOptions.Architecture(), type = DatasetOptions.Type();
    private readonly Option<int> size = SharedOptions.WholeNumber(new Option<int>("--shard-size")
    {
        Description = "Samples in a tar file.", HelpName = "N", DefaultValueFactory = _ => 10_000,
    }, 10_000_000);
    private readonly Option<string?> captions = new("--captions")
    {
        Description = "The folder of pictures whose captions, NAME.txt, go into the tar files.", HelpName = "DIR",
    };

    internal DatasetExportCommand() : base("export", "Write the latents of a data set in another format, without encoding again.",
        "latent dataset export photos -o shards --format webdataset --captions photos", "latent dataset export latents -o cache --format kohya")
    {
        format.Required = true;
        foreach (Symbol symbol in (Symbol[])[folder, output, format, architecture, type, size, captions]) this.Add(symbol);
    }

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output output, CancellationToken cancellationToken)
    {
        var request = new ExportDatasetRequest(arguments.GetRequiredValue(folder), arguments.GetRequiredValue(this.output),
            arguments.GetRequiredValue(format)!)
        {
            Architecture = arguments.GetValue(architecture), Type = DatasetOptions.TypeOf(arguments.GetValue(type)),
            ShardSize = arguments.GetValue(size), Captions = arguments.GetValue(captions),
        };
        ExportDatasetResult result = ExportDataset.Run(request, output.Progress("export"), cancellationToken);
        string there = result.There > 0 ? string.Create(CultureInfo.InvariantCulture, $", {result.There} were there already") : "";
        output.Line(string.Create(CultureInfo.InvariantCulture,
            $"{result.Written} latents written as {result.Format}{there}; {result.Files} files in {result.Output}"));
        foreach (FailedItem failed in result.Failed) output.Warn($"not written: {Failure.Of(failed.Error).Message}");
        output.Object(result, ServiceJson.Readable.ExportDatasetResult);
        output.ExitCode = result.Failed.Count > 0 ? ExitCode.BadInput : ExitCode.Done;
    }
}
