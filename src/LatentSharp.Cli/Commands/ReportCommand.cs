using System.CommandLine;
using System.Globalization;
using LatentSharp.Quality.Reports;
using LatentSharp.Service.Json;
using LatentSharp.Service.Reporting;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent report</c></summary>
internal sealed class ReportCommand : LatentCommand
{
    private readonly Argument<string> autoencoder =
        new("AE") { Description = "The autoencoder: a file, a diffusers folder, or a name that `latent ae list` shows." };
    private readonly Option<string[]> images = ImageOption.Create();
    private readonly Option<string> output = new("--output", "-o")
    {
        Description = "The folder for report.json and report.html.",
        HelpName = "DIR", Required = true
    };
    private readonly Option<long?> memory = SharedOptions.Memory();
    private readonly Option<bool> quick = new("--quick") { Description = "Leave out the experiments." };
    private readonly Option<bool> lines = InputOptions.JsonLines();

    internal ReportCommand() : base("report", "Measure what an autoencoder does to pictures: report.json and a page to look at.",
        "latent report embedded --images photos/ -o report/", "latent report ae.safetensors --images photos/ -o report/ --quick")
    {
        foreach (Symbol symbol in (Symbol[])[autoencoder, images, output, quick, memory, lines]) this.Add(symbol);
    }

    /// <inheritdoc/>
    protected override string LeftByCancelling => "what is finished is kept, and the same command goes on from there.";

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output output, CancellationToken cancellationToken)
    {
        ReportResult result = MakeReport.Run(Library(arguments), new ReportRequest
        {
            Autoencoder = arguments.GetRequiredValue(autoencoder), Images = ImageOption.Selection(arguments, images),
            Output = arguments.GetRequiredValue(this.output),
            Experiments = !arguments.GetValue(quick), Compute = SharedOptions.Compute(arguments, memory),
        }, output.Progress("report on"),
            output.JsonLines ? new BatchOutput<MeasuredPicture>(output, ServiceJson.Lines.MeasuredPicture, _ => { }) : null,
            cancellationToken);
        foreach (ReportFinding finding in result.Findings) output.Line($"{finding.Severity,-7} {finding.Kind,-10} {finding.Text}");
        output.Line();
        foreach (string key in (string[])["psnr", "ssim", "delta_e", "detail_loss"])
        {
            if (result.Summary.FirstOrDefault(s => s.Key == key) is not { } s) continue;
            MetricDefinition metric = MetricCatalogue.Find(key);
            string interval = s.Count > 1 ? string.Create(CultureInfo.InvariantCulture, $"  (95 %: {s.Low:0.000} to {s.High:0.000})") : "";
            output.Line(string.Create(CultureInfo.InvariantCulture, $"{metric.Title,-18} {s.Mean:0.000} {metric.Unit}{interval}"));
        }
        foreach (string note in result.Notes.Concat(result.Limits)) output.Note(note);
        output.Line(string.Create(CultureInfo.InvariantCulture,
            $"{result.Pictures} picture{(result.Pictures == 1 ? "" : "s")}, {result.Seconds:0.0} s -> {result.Html}"));
        if (output.JsonLines) output.Raw(result, ServiceJson.Lines.ReportResult);
        else output.Object(result, ServiceJson.Readable.ReportResult);
        ImageOption.Finish(output, result.Unreadable, result.Pictures);
    }
}
