using System.CommandLine;
using System.Globalization;
using LatentSharp.Cli.Files;
using LatentSharp.Quality.Calibration;
using LatentSharp.Quality.Reports;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent recalibrate</c></summary>
internal sealed class RecalibrateCommand : LatentCommand
{
    private readonly Argument<string> autoencoder = new("AE") { Description = "The autoencoder to improve; it is left as it is." };
    private readonly Option<string> images = new("--images") { Description = "A folder of pictures: every second one is used for the fit, the others for the proof.", HelpName = "DIR", Required = true };
    private readonly Option<string> output = new("--output", "-o") { Description = "The new safetensors file.", HelpName = "FILE", Required = true };
    private readonly Option<bool> lastLayer = new("--last-layer") { Description = "Fit the whole last layer (ridge regression); by default only its colours (an affine map)." };
    private readonly Option<string?> latents = new("--latents") { Description = "Change no weights: write the scale and shift that centre the latents, one for `all` channels or one for `each`. For models that are still to be trained.", HelpName = "all|each" };
    private readonly Option<long?> memory = SharedOptions.Memory();

    internal RecalibrateCommand() : base("recalibrate", "Improve a decoder in closed form from your pictures; refused when it does not help on pictures held out.",
        "latent recalibrate my.safetensors --images photos/ -o better.safetensors", "latent recalibrate my.safetensors --images photos/ --last-layer -o better.safetensors", "latent recalibrate my.safetensors --images photos/ --latents each -o centred.safetensors")
    {
        Add(autoencoder);
        Add(images);
        Add(output);
        Add(lastLayer);
        Add(latents);
        Add(memory);
    }

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output report, CancellationToken cancellationToken)
    {
        string from = arguments.GetRequiredValue(images), path = arguments.GetRequiredValue(output);
        if (!path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase)) throw new LatentSharpException(ErrorKind.Usage, "-o " + path, "a weight file ends in .safetensors.");
        string? centre = arguments.GetValue(latents);
        if (centre is not (null or "all" or "each")) throw new LatentSharpException(ErrorKind.Usage, "--latents " + centre, "all or each is expected: one scale and shift for all channels, or for each.");
        if (centre is not null && arguments.GetValue(lastLayer)) throw new LatentSharpException(ErrorKind.Usage, "--latents", "it changes no weights and cannot be given with --last-layer.", "Run `latent recalibrate` twice.");
        using ChosenAutoencoder chosen = ChosenAutoencoder.Open(arguments.GetRequiredValue(autoencoder), report);
        (List<ReportPicture> found, List<UnreadablePicture> unreadable) = ReportFolder.Pictures(from, report);
        ImageTensor[] pictures = [.. ReportFolder.Load(found, unreadable).Select(p => LatentExperiments.Middle(p.Image, 512))];
        if (centre is not null)
        {
            Centre(chosen.Autoencoder, pictures, centre == "each", path, SharedOptions.Compute(arguments, memory), report, cancellationToken);
            ReportFolder.RequireAll(unreadable, from, pictures.Length);
            return;
        }
        RecalibrationKind kind = arguments.GetValue(lastLayer) ? RecalibrationKind.LastLayer : RecalibrationKind.Colour;
        Recalibration result = ProgressDisplay.Run(report, "recalibrate", progress => Recalibration.Write(chosen.Autoencoder, pictures, kind, path, SharedOptions.Compute(arguments, memory), progress is null ? null : new Fraction(progress), cancellationToken));
        report.Line(string.Create(CultureInfo.InvariantCulture, $"fitted on {result.FitCount} pictures; on the {result.HeldOutCount} held out:"));
        report.Line(string.Create(CultureInfo.InvariantCulture, $"  PSNR          {result.Before.Psnr:0.00} -> {result.After.Psnr:0.00} dB"));
        report.Line(string.Create(CultureInfo.InvariantCulture, $"  colour error  {result.Before.DeltaE:0.00} -> {result.After.DeltaE:0.00} dE2000"));
        report.Line(string.Create(CultureInfo.InvariantCulture, $"  steady cast   {result.Before.Cast:0.00} -> {result.After.Cast:0.00} in Lab"));
        report.Line(string.Create(CultureInfo.InvariantCulture, $"latents of these pictures would be centred by scale {result.Scaling.Scale:0.0000}, shift {result.Scaling.Shift:0.0000}; these weights keep the space they speak (--latents writes them)"));
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

    private static void Centre(Autoencoder autoencoder, ImageTensor[] pictures, bool each, string path, ComputeOptions compute, Output report, CancellationToken cancellationToken)
    {
        LatentCentring result = ProgressDisplay.Run(report, "recalibrate", progress => LatentCentring.Write(autoencoder, pictures, each, path, compute, progress is null ? null : new Fraction(progress), cancellationToken));
        report.Line(string.Create(CultureInfo.InvariantCulture, $"fitted on {result.FitCount} pictures; on the {result.HeldOutCount} held out the latents are {result.Before:0.000} -> {result.After:0.000} nats from a unit normal"));
        report.Line(string.Create(CultureInfo.InvariantCulture, $"z = (m - shift) * scale{(each ? " for each channel," : " with")} scale {Numbers(result.Space.Scale)}, shift {Numbers(result.Space.Shift)}"));
        report.Line(each ? "diffusers writes them as latents_mean = shift and latents_std = 1 / scale in config.json" : "diffusers writes them as scaling_factor and shift_factor in config.json");
        report.Line($"the file speaks a latent space of its own, {result.Space.Id}: for models that are trained on it, not for those of {autoencoder.Space.Title}");
        report.Line($"-> {path}");
        report.Object(json =>
        {
            json.WriteString("output", path);
            json.WriteString("kind", "latents");
            json.WriteString("space", result.Space.Id);
            json.WriteNumber("fit", result.FitCount);
            json.WriteNumber("held_out", result.HeldOutCount);
            JsonParts.Number(json, "nats_before", result.Before, 6);
            JsonParts.Number(json, "nats_after", result.After, 6);
            foreach ((string name, IEnumerable<float> values) in ((string, IEnumerable<float>)[])[("scale", result.Space.Scale), ("shift", result.Space.Shift)])
            {
                json.WriteStartArray(name);
                foreach (float v in values) json.WriteNumberValue(v);
                json.WriteEndArray();
            }
        });
    }

    private static string Numbers(IEnumerable<float> values) => string.Join(", ", values.Select(v => v.ToString("0.0000", CultureInfo.InvariantCulture)));

    private sealed class Fraction(IProgress<StepProgress> steps) : IProgress<double>
    {
        public void Report(double value) => steps.Report(new StepProgress(value, ""));
    }
}
