using System.CommandLine;
using System.Globalization;
using LatentSharp.Datasets;
using LatentSharp.Service.Batches;
using LatentSharp.Service.Datasets;
using LatentSharp.Service.Json;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent dataset encode</c></summary>
internal sealed class DatasetEncodeCommand : LatentCommand
{
    private readonly Argument<string> source = DatasetOptions.Source();
    private readonly Option<string> output = DatasetOptions.Output();
    private readonly DatasetOptions options = new();
    private readonly Option<DatasetShard?> shard = DatasetOptions.Shard();
    private readonly Option<long?> memory = SharedOptions.Memory();
    private readonly Option<bool> keepWeights = SharedOptions.KeepWeights(), again = InputOptions.Again(), lines = InputOptions.JsonLines(),
        retry = new("--retry-failed") { Description = "Try pictures again that failed before and have not changed." };

    internal DatasetEncodeCommand() : base("encode", "Encode a folder of pictures into the files that a trainer reads; what is there already is left.",
        "latent dataset encode photos -o photos --format kohya --ae ae.safetensors --resolution 1024 --max-bucket 2048",
        "latent dataset encode photos -o photos --format ai-toolkit --ae ae.safetensors",
        "latent dataset encode photos -o latents --buckets fixed --resolution 512")
    {
        Add(source);
        Add(output);
        options.AddTo(this);
        foreach (Option option in (Option[])[shard, memory, keepWeights, again, retry, lines]) Add(option);
    }

    // Engines take 3 for done: all that can be encoded is. What ends the command before that has a code of its own.
    /// <inheritdoc/>
    protected override int ExitCodeOf(Failure failure) => failure.ExitCode == ExitCode.BadInput ? ExitCode.Ended : failure.ExitCode;

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output output, CancellationToken cancellationToken)
    {
        DatasetShard? part = arguments.GetValue(shard);
        if (part is null && (part = WriteClusterScript.ShardOf(Environment.GetEnvironmentVariable)) is not null)
            output.Say(string.Create(CultureInfo.InvariantCulture, $"part {part.Index} of {part.Count}, as this task of a Slurm job array"));
        var request = new EncodeDatasetRequest
        {
            Source = arguments.GetRequiredValue(source), Output = arguments.GetRequiredValue(this.output),
            Autoencoder = options.Autoencoder(arguments), KeepResults = output.Json && !output.JsonLines,
            Options = options.Options(arguments, arguments.GetValue(again), arguments.GetValue(retry), part is null ? null : (part.Index,
                part.Count),
                SharedOptions.Compute(arguments, memory, keepWeights)),
        };
        var printed = new BatchOutput<DatasetPicture>(output, ServiceJson.Lines.DatasetPicture, Print);
        EncodeDatasetResult result = EncodeDataset.Run(Library(arguments), request, output.Progress("encode"), printed, Say, cancellationToken);
        printed.End(result, result, (ServiceJson.Lines.EncodeDatasetResult, ServiceJson.Readable.EncodeDatasetResult),
            ("encoded with", result.Autoencoder), (result.Failed, result.Batch, "encoded"));
        output.Line($"{result.Dataset.Format} {result.Dataset.Architecture}, {result.Dataset.Rule}, {result.Dataset.Type}, in {result.Output}");
        if (result.PicturesPerSecond is { } rate)
            output.Line(string.Create(CultureInfo.InvariantCulture, $"{rate:0.##} pictures a second, {result.Workers} at a time"));

        void Say(DatasetForecast forecast) => output.Say(Shown(forecast));

        void Print(DatasetPicture picture)
        {
            foreach (string note in picture.Notes) output.Note($"{picture.Input}: {note}");
            if (picture.Status == ItemStatus.Skipped) return;
            output.Line(string.Create(CultureInfo.InvariantCulture,
                $"{picture.Input} -> {picture.Outputs[0]}   {picture.Bucket.Width}x{picture.Bucket.Height}, {picture.Seconds:0.0} s"));
        }
    }

    private static string Shown(DatasetForecast f) => string.Create(CultureInfo.InvariantCulture,
        $"{f.Left} of {f.Pictures} pictures to encode, {f.Workers} at a time, at most {f.Bytes / 1e9:0.0} GB")
        + (f.PicturesPerSecond is { } rate && f.Seconds is { } seconds
            ? string.Create(CultureInfo.InvariantCulture, $"; about {rate:0.##} a second, {ProgressDisplay.Shown(TimeSpan.FromSeconds(seconds))} in all") : "");
}
