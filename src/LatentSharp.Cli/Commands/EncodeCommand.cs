using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using LatentSharp.Cli.Files;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent encode</c></summary>
internal sealed class EncodeCommand : LatentCommand
{
    private static readonly string[] extensions = [".safetensors"];

    private readonly Argument<string[]> images = new("IMAGE") { Description = "Pictures, or safetensors files with a tensor `image` [N, 3, H, W] in [-1, 1].", Arity = ArgumentArity.OneOrMore };
    private readonly Option<string?> output = new("--output", "-o") { Description = "The latent file, or a folder for several. By default NAME.latent.safetensors in the current folder.", HelpName = "FILE|DIR" };
    private readonly Option<string?> ae = ChosenAutoencoder.Option();
    private readonly Option<long?> memory = SharedOptions.Memory();
    private readonly Option<ulong?> sample = new("--sample") { Description = "Draw from the posterior with this seed; by default its mean is taken.", HelpName = "SEED" };
    private readonly Option<bool> posterior = new("--posterior") { Description = "Keep the posterior's log-variance in the file." };

    internal EncodeCommand() : base("encode", "Turn pictures into latents.",
        "latent encode photo.png", "latent encode *.jpg -o latents/", "latent encode photo.png --ae ae.safetensors --sample 42 --posterior")
    {
        Add(images);
        Add(output);
        Add(ae);
        Add(memory);
        Add(sample);
        Add(posterior);
    }

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output report, CancellationToken cancellationToken)
    {
        List<string> inputs = InputFiles.Expand(arguments.GetRequiredValue(images), "*.png");
        List<string> outputs = OutputFiles.For(inputs, arguments.GetValue(output), extensions, i => Path.GetFileNameWithoutExtension(i) + ".latent.safetensors", "a latent file");
        var options = new EncodeOptions { Seed = arguments.GetValue(sample), KeepPosterior = arguments.GetValue(posterior), Compute = SharedOptions.Compute(arguments, memory) };
        using ChosenAutoencoder chosen = ChosenAutoencoder.Open(arguments.GetValue(ae), report);
        report.Line($"encoding with {chosen.Description}");

        var done = new List<Result>();
        for (int i = 0; i < inputs.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Result result = Encode(chosen, inputs[i], outputs[i], options, report, cancellationToken);
            report.Line(string.Create(CultureInfo.InvariantCulture, $"{result.Input} -> {result.Output}   {result.Latent.Batch} x {result.Latent.Channels} x {result.Latent.Height} x {result.Latent.Width}, {result.Seconds:0.0} s"));
            done.Add(result);
        }
        report.Object(json =>
        {
            chosen.Write(json);
            json.WriteStartArray("results");
            foreach (Result result in done)
            {
                json.WriteStartObject();
                json.WriteString("input", result.Input);
                json.WriteString("output", result.Output);
                JsonParts.Size(json, "picture", result.Latent.PictureSize!.Value);
                JsonParts.Shape(json, "latent", result.Latent);
                json.WriteString("space", result.Latent.Space.Id);
                if (options.Seed is { } seed) json.WriteNumber("seed", seed);
                else json.WriteNull("seed");
                json.WriteBoolean("posterior", result.Latent.LogVariance is not null);
                json.WriteNumber("seconds", Math.Round(result.Seconds, 3));
                JsonParts.Strings(json, "notes", result.Notes);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        });
    }

    private static Result Encode(ChosenAutoencoder chosen, string input, string output, EncodeOptions options, Output report, CancellationToken cancellationToken)
    {
        PictureInput picture = PictureInput.Load(input);
        foreach (string note in picture.Notes) report.Note($"{input}: {note}");
        var watch = Stopwatch.StartNew();
        Latent latent = ProgressDisplay.Run(report, $"encode {Path.GetFileName(input)}", progress => chosen.Autoencoder.Encode(picture.Image, options, progress, cancellationToken));
        double seconds = watch.Elapsed.TotalSeconds;
        latent = new Latent(latent.Space, latent.Values, latent.Batch, latent.Height, latent.Width)
        {
            LogVariance = latent.LogVariance,
            PictureSize = latent.PictureSize ?? (picture.Image.Height, picture.Image.Width),
            Provenance = chosen.Provenance(latent, input),
        };
        LatentFile.Save(output, latent);
        return new Result(input, output, latent, seconds, picture.Notes);
    }

    private sealed record Result(string Input, string Output, Latent Latent, double Seconds, IReadOnlyList<string> Notes);
}
