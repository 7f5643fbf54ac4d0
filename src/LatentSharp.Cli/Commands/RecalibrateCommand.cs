using System.CommandLine;
using System.Globalization;
using LatentSharp.Calibration;
using LatentSharp.Cli.Files;
using LatentSharp.Cpu;
using LatentSharp.Quality.Reports;
using LatentSharp.Tensors;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent recalibrate</c></summary>
internal sealed class RecalibrateCommand : LatentCommand
{
    private readonly Argument<string> autoencoder = new("AE") { Description = "The autoencoder to improve; it is left as it is." };
    private readonly Option<string> images = new("--images") { Description = "A folder of pictures: every second one is used for the fit, the others for the proof.", HelpName = "DIR", Required = true };
    private readonly Option<string> output = new("--output", "-o") { Description = "The new safetensors file.", HelpName = "FILE", Required = true };
    private readonly Option<bool> lastLayer = new("--last-layer") { Description = "Fit the whole last layer (ridge regression); by default only its colours (an affine map)." };
    private readonly Option<long?> memory = SharedOptions.Memory();

    internal RecalibrateCommand() : base("recalibrate", "Improve a decoder in closed form from your pictures; refused when it does not help on pictures held out.",
        "latent recalibrate my.safetensors --images photos/ -o better.safetensors", "latent recalibrate my.safetensors --images photos/ --last-layer -o better.safetensors")
    {
        Add(autoencoder);
        Add(images);
        Add(output);
        Add(lastLayer);
        Add(memory);
    }

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Report report, CancellationToken cancel)
    {
        string from = arguments.GetRequiredValue(images), path = arguments.GetRequiredValue(output);
        if (!path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase)) throw new UsageException("-o " + path, "a weight file ends in .safetensors.");
        using ChosenAutoencoder chosen = ChosenAutoencoder.Open(arguments.GetRequiredValue(autoencoder), report);
        (List<ReportPicture> found, List<UnreadablePicture> unreadable) = ReportFolder.Pictures(from, report);
        ImageTensor[] pictures = [.. found.Select(p => LatentExperiments.Middle(p.Load(), 512))];
        RecalibrationKind kind = arguments.GetValue(lastLayer) ? RecalibrationKind.LastLayer : RecalibrationKind.Colour;
        Recalibration result = ProgressDisplay.Run(report, "recalibrate", progress => Recalibration.Write(chosen.Autoencoder, pictures, kind, path, SharedOptions.Cpu(arguments, memory), progress is null ? null : new Fraction(progress), cancel));
        report.Line(string.Create(CultureInfo.InvariantCulture, $"fitted on {result.FitCount} pictures; on the {result.HeldOutCount} held out:"));
        report.Line(string.Create(CultureInfo.InvariantCulture, $"  PSNR          {result.Before.Psnr:0.00} -> {result.After.Psnr:0.00} dB"));
        report.Line(string.Create(CultureInfo.InvariantCulture, $"  colour error  {result.Before.DeltaE:0.00} -> {result.After.DeltaE:0.00} dE2000"));
        report.Line(string.Create(CultureInfo.InvariantCulture, $"  steady cast   {result.Before.Cast:0.00} -> {result.After.Cast:0.00} in Lab"));
        report.Line(string.Create(CultureInfo.InvariantCulture, $"latents of these pictures would be centred by scale {result.Scaling.Scale:0.0000}, shift {result.Scaling.Shift:0.0000}"));
        report.Line($"-> {path}");
        report.Object(json =>
        {
            json.WriteString("output", path);
            json.WriteString("kind", kind == RecalibrationKind.Colour ? "colour" : "last-layer");
            json.WriteNumber("fit", result.FitCount);
            json.WriteNumber("held_out", result.HeldOutCount);
            foreach ((string name, HeldOutQuality q) in ((string, HeldOutQuality)[])[("before", result.Before), ("after", result.After)])
            {
                json.WriteStartObject(name);
                JsonParts.Number(json, "psnr_db", q.Psnr, 4);
                JsonParts.Number(json, "delta_e", q.DeltaE, 4);
                JsonParts.Number(json, "cast", q.Cast, 4);
                json.WriteEndObject();
            }
            json.WriteStartObject("latents");
            JsonParts.Number(json, "scale", result.Scaling.Scale, 6);
            JsonParts.Number(json, "shift", result.Scaling.Shift, 6);
            foreach ((string name, IReadOnlyList<double> values) in ((string, IReadOnlyList<double>)[])[("channel_scale", result.Scaling.ChannelScale), ("channel_shift", result.Scaling.ChannelShift)])
            {
                json.WriteStartArray(name);
                foreach (double v in values) json.WriteNumberValue(Math.Round(v, 6));
                json.WriteEndArray();
            }
            json.WriteEndObject();
        });
        ReportFolder.RequireAll(unreadable, from, pictures.Length);
    }

    private sealed class Fraction(IProgress<StepProgress> steps) : IProgress<double>
    {
        public void Report(double value) => steps.Report(new StepProgress(value, ""));
    }
}
