using System.CommandLine;
using System.Globalization;
using LatentSharp.Cli.Files;
using LatentSharp.Quality.Reports;
using LatentSharp.Quality.Reports.Html;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent report</c></summary>
internal sealed class ReportCommand : LatentCommand
{
    private readonly Argument<string> autoencoder = new("AE") { Description = "The autoencoder: a file, a diffusers folder, or a name that `latent ae list` shows." };
    private readonly Option<string> images = new("--images") { Description = "A folder of pictures to measure with.", HelpName = "DIR", Required = true };
    private readonly Option<string> output = new("--output", "-o") { Description = "The folder for report.json and report.html.", HelpName = "DIR", Required = true };
    private readonly Option<long?> memory = SharedOptions.Memory();
    private readonly Option<bool> quick = new("--quick") { Description = "Leave out the experiments." };

    internal ReportCommand() : base("report", "Measure what an autoencoder does to pictures: report.json and a page to look at.",
        "latent report embedded --images photos/ -o report/", "latent report ae.safetensors --images photos/ -o report/ --quick")
    {
        Add(autoencoder);
        Add(images);
        Add(output);
        Add(quick);
        Add(memory);
    }

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output report, CancellationToken cancellationToken)
    {
        string from = arguments.GetRequiredValue(images);
        using ChosenAutoencoder chosen = ChosenAutoencoder.Open(arguments.GetRequiredValue(autoencoder), report);
        (List<ReportPicture> pictures, List<UnreadablePicture> unreadable) = ReportFolder.Pictures(from, report);
        ReportFolder folder = new(arguments.GetRequiredValue(output));
        ReportRun run = new(chosen.Autoencoder, folder, new ReportOptions { Compute = SharedOptions.Compute(arguments, memory), Experiments = !arguments.GetValue(quick) });
        QualityReport result = ProgressDisplay.Run(report, $"report on {chosen.Autoencoder.Name}", progress => run.Run(pictures, unreadable, ReportSteps.Of(progress), cancellationToken));

        string json = folder.Finish("report.json", ReportSchema.Write(result)), page = folder.Finish("report.html", ReportPage.Write(result, folder.DataUri));
        folder.Clean();
        foreach (ReportFinding finding in result.Findings) report.Line($"{finding.Severity,-7} {finding.Kind,-10} {finding.Text}");
        report.Line();
        foreach (string key in (string[])["psnr", "ssim", "delta_e", "detail_loss"])
            if (result.Summary.FirstOrDefault(s => s.Key == key) is { } s)
                report.Line(string.Create(CultureInfo.InvariantCulture, $"{MetricCatalogue.Find(key).Title,-18} {s.Mean:0.000} {MetricCatalogue.Find(key).Unit}{(s.Count > 1 ? F($"  (95 %: {s.Low:0.000} to {s.High:0.000})") : "")}"));
        foreach (string limit in result.Limits) report.Note(limit);
        report.Line($"{result.DataSet.Count} picture{(result.DataSet.Count == 1 ? "" : "s")}, {result.Measurement.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture)} s -> {page}");
        report.Object(writer =>
        {
            chosen.Write(writer);
            writer.WriteString("json", json);
            writer.WriteString("html", page);
            writer.WriteNumber("pictures", result.DataSet.Count);
            JsonParts.Strings(writer, "unreadable", result.DataSet.Unreadable.Select(u => u.Name));
            writer.WriteStartObject("means");
            foreach (MetricSummary s in result.Summary) writer.WriteNumber(s.Key, s.Mean);
            writer.WriteEndObject();
        });
        ReportFolder.RequireAll(result.DataSet.Unreadable, from, result.DataSet.Count);
    }

    private static string F(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
