using System.CommandLine;
using System.Globalization;
using LatentSharp.Service.Datasets;
using LatentSharp.Service.Json;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent dataset status</c></summary>
internal sealed class DatasetStatusCommand : LatentCommand
{
    private readonly Argument<string> folder = new("DIR") { Description = "The folder of the data set." };
    private readonly Option<string?> source = new("--source")
    {
        Description = "The folder of pictures, to count those that have no latent yet.", HelpName = "DIR",
    };

    internal DatasetStatusCommand() : base("status", "Say what a data set holds: how it is made, how many latents of which size, what failed, duplicates.",
        "latent dataset status photos", "latent dataset status latents --source photos")
    {
        Add(folder);
        Add(source);
    }

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output output, CancellationToken cancellationToken)
    {
        DatasetStatus status = DescribeDataset.Run(arguments.GetRequiredValue(folder), arguments.GetValue(source));
        DatasetFacts facts = status.Dataset;
        output.Line(Shown(facts));
        output.Line(string.Create(CultureInfo.InvariantCulture, $"{status.Encoded} pictures in {status.Files} files, {status.Bytes / 1e6:0.0} MB"));
        foreach (BucketCount bucket in status.Buckets)
            output.Line(string.Create(CultureInfo.InvariantCulture, $"  {bucket.Bucket.Width}x{bucket.Bucket.Height}: {bucket.Pictures}"));
        if (status.Missing is { } missing) output.Line($"{missing} pictures have no latent yet");
        foreach (IReadOnlyList<string> same in status.Duplicates) output.Line($"the same picture: {string.Join(", ", same)}");
        foreach (NearDuplicate pair in status.NearDuplicates) output.Line($"nearly the same: {pair.One}, {pair.Other}");
        if (status.Failed.Count > 0) output.Line($"{status.Failed.Count} failed:");
        foreach (DatasetProblem problem in status.Failed) output.Line($"  {problem.Input}: {problem.What}");
        output.Object(status, ServiceJson.Readable.DatasetStatus);
    }

    /// <summary>How a data set is made, in a line.</summary>
    internal static string Shown(DatasetFacts facts) => $"{facts.Format} {facts.Architecture}, {facts.Rule}, {facts.Type}, "
        + (facts.Seed is { } seed ? string.Create(CultureInfo.InvariantCulture, $"sample {seed}") : "mean")
        + $", made with {facts.AutoencoderName} ({facts.Space})";
}
