using System.CommandLine;
using System.Globalization;
using LatentSharp.Service.Datasets;
using LatentSharp.Service.Json;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent dataset verify</c></summary>
internal sealed class DatasetVerifyCommand : LatentCommand
{
    private readonly Argument<string> source = DatasetOptions.Source();
    private readonly Option<string> output = DatasetOptions.Output();
    private readonly Option<bool> deep = new("--deep")
    {
        Description = "Compare contents, read every file as its trainer does, and encode a sample again; otherwise lengths and times are compared.",
    };
    private readonly Option<int> sample = SharedOptions.WholeNumber(new Option<int>("--sample")
    {
        Description = "How many pictures are encoded again.", HelpName = "N", DefaultValueFactory = _ => 8,
    }, 1_000_000);
    private readonly Option<long?> memory = SharedOptions.Memory();

    internal DatasetVerifyCommand() : base("verify", "Hold a data set against its pictures: missing, changed, gone, damaged.",
        "latent dataset verify photos -o photos", "latent dataset verify photos -o latents --deep --sample 20")
    {
        foreach (Symbol symbol in (Symbol[])[source, output, deep, sample, memory]) this.Add(symbol);
    }

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output output, CancellationToken cancellationToken)
    {
        VerifyDatasetResult result = VerifyDataset.Run(Library(arguments), new VerifyDatasetRequest
        {
            Source = arguments.GetRequiredValue(source), Output = arguments.GetRequiredValue(this.output), Deep = arguments.GetValue(deep),
            Sample = arguments.GetValue(sample), Compute = SharedOptions.Compute(arguments, memory),
        }, output.Progress("verify"), cancellationToken);
        foreach (DatasetProblem problem in result.Problems) output.Warn($"{problem.Input}: {problem.What}");
        string how = result.Deep ? string.Create(CultureInfo.InvariantCulture, $"by content, {result.Samples} encoded again")
            : "by lengths and times; --deep compares contents";
        output.Line(string.Create(CultureInfo.InvariantCulture,
            $"{result.Pictures} pictures, {result.Problems.Count} {(result.Problems.Count == 1 ? "problem" : "problems")} ({how})"));
        output.Object(result, ServiceJson.Readable.VerifyDatasetResult);
        output.ExitCode = result.Problems.Count > 0 ? ExitCode.BadInput : ExitCode.Done;
    }
}
