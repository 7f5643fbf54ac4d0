using System.CommandLine;
using System.Globalization;
using LatentSharp.Service.Datasets;
using LatentSharp.Service.Json;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent dataset diff</c></summary>
internal sealed class DatasetDiffCommand : LatentCommand
{
    private readonly Argument<string> source = DatasetOptions.Source();
    private readonly Option<string> output = DatasetOptions.Output();
    private readonly DatasetOptions options = new();
    private readonly Option<bool> again = InputOptions.Again(),
        retry = new("--retry-failed") { Description = "Count pictures that failed before and have not changed." };

    internal DatasetDiffCommand() : base("diff", "Say what `dataset encode` would encode and why, without doing it.",
        "latent dataset diff photos -o latents", "latent dataset diff photos -o latents --ae other.safetensors")
    {
        Add(source);
        Add(output);
        options.AddTo(this);
        Add(again);
        Add(retry);
    }

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output output, CancellationToken cancellationToken)
    {
        DiffDatasetResult diff = DiffDataset.Run(Library(arguments), new EncodeDatasetRequest
        {
            Source = arguments.GetRequiredValue(source), Output = arguments.GetRequiredValue(this.output),
            Autoencoder = options.Autoencoder(arguments), Options = options.Options(arguments, arguments.GetValue(again),
                arguments.GetValue(retry)),
        }, output.Progress("diff"), cancellationToken);
        foreach (StalePicture picture in diff.Stale) output.Line($"{picture.Input}: {Why(picture)}");
        foreach (string gone in diff.Gone) output.Line($"{gone}: has a latent, but is in the source no more (`latent dataset prune`)");
        foreach (DatasetDifference difference in diff.Differences)
            output.Note($"{difference.What}: {difference.Here} there, {difference.Asked} asked for; `dataset encode` would refuse to mix them");
        output.Line(string.Create(CultureInfo.InvariantCulture,
            $"{diff.Stale.Count} of {diff.Pictures} pictures to encode, {diff.Current} there, {diff.Failed} failed before"));
        output.Object(diff, ServiceJson.Readable.DiffDatasetResult);
    }

    private static string Why(StalePicture picture) => picture.Reason switch
    {
        Datasets.StaleReason.New => "new",
        Datasets.StaleReason.Renamed => $"renamed, it was {picture.Was}",
        Datasets.StaleReason.Edited => "edited since it was encoded",
        Datasets.StaleReason.OtherSettings => "encoded in another way",
        Datasets.StaleReason.FileDamaged => "a file of its latent is missing or cut off",
        Datasets.StaleReason.FailedBefore => "failed before",
        _ => "asked for",
    };
}
