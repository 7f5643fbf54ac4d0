using System.CommandLine;
using System.Globalization;
using LatentSharp.Cli.Files;
using LatentSharp.Imaging.Sheets;
using LatentSharp.Quality.Metrics;
using LatentSharp.Quality.Reports;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent evaluate</c></summary>
internal sealed class EvaluateCommand : LatentCommand
{
    private readonly Argument<string?> autoencoder = new("AE") { Description = "The autoencoder in question; the default one if left out.", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string> against = new("--against") { Description = "The autoencoder of the same latent space to measure it against, such as TAEF1.", HelpName = "AE", Required = true };
    private readonly Option<string> images = new("--images") { Description = "A folder of pictures.", HelpName = "DIR", Required = true };
    private readonly Option<int> size = SharedOptions.WholeNumber(new Option<int>("--size") { Description = "Pictures are cut to their middle of at most this many pixels each way; larger ones than twice this are left out.", HelpName = "PIXELS", DefaultValueFactory = _ => 512 }, 8192);
    private readonly Option<string?> output = new("--output", "-o") { Description = "A folder for a sheet of every picture.", HelpName = "DIR" };
    private readonly Option<long?> memory = SharedOptions.Memory();

    internal EvaluateCommand() : base("evaluate", "Measure how well an autoencoder stands in for another one of the same latent space.",
        "latent evaluate embedded --against taef1_encoder.safetensors --images photos/", "latent evaluate my.safetensors --against ae.safetensors --images photos/ -o sheets/")
    {
        Add(autoencoder);
        Add(against);
        Add(images);
        Add(size);
        Add(output);
        Add(memory);
    }

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output report, CancellationToken cancellationToken)
    {
        string from = arguments.GetRequiredValue(images);
        int side = arguments.GetValue(size);
        string? sheets = arguments.GetValue(output);
        if (sheets is not null) OutputFiles.MakeFolder(sheets);
        using ChosenAutoencoder candidate = ChosenAutoencoder.Open(arguments.GetValue(autoencoder), report), reference = ChosenAutoencoder.Open(arguments.GetRequiredValue(against), report);
        (List<ReportPicture> found, List<Quality.Reports.UnreadablePicture> unreadable) = ReportFolder.Pictures(from, report);
        List<(string Name, ImageTensor Image)> pictures = [];
        foreach ((string name, ImageTensor image) in ReportFolder.Load(found, unreadable))
        {
            if (Math.Max(image.Width, image.Height) < 2 * side) pictures.Add((name, LatentExperiments.Middle(image, side)));
            else report.Note($"{name} ({image.Width} x {image.Height}) is larger than twice --size {side} and was left out");
        }
        if (pictures.Count == 0) throw new LatentSharpException(ErrorKind.BadInput, from, "there is no picture to evaluate with.", "Name a folder with pictures, or another --size.");

        Evaluation result = ProgressDisplay.Run(report, "evaluate", progress => Evaluation.Of(candidate.Autoencoder, reference.Autoencoder, pictures, SharedOptions.Compute(arguments, memory),
            sheets is null ? null : Sheet, progress is null ? null : new Fraction(progress), cancellationToken));
        report.Line($"{"",-42} {"PSNR",7} {"SSIM",7} {"dE2000",7} {"edges",7} {"detail",8}");
        foreach (EvaluationRow r in result.Rows)
            report.Line(string.Create(CultureInfo.InvariantCulture, $"{r.Way,-42} {r.Psnr,7:0.00} {r.Ssim,7:0.0000} {r.DeltaE,7:0.00} {r.EdgeEnergy,7:0.00} {-r.DetailLossDb,5:0.0} dB"));
        report.Line(string.Create(CultureInfo.InvariantCulture, $"mean squared difference of the latents {result.LatentMeanSquare:0.0000}; {result.Pictures} pictures of at most {side} x {side}"));
        report.Object(json =>
        {
            json.WriteStartArray("rows");
            foreach (EvaluationRow r in result.Rows)
            {
                json.WriteStartObject();
                json.WriteString("way", r.Way);
                JsonParts.Number(json, "psnr_db", r.Psnr, 4);
                JsonParts.Number(json, "ssim", r.Ssim, 6);
                JsonParts.Number(json, "delta_e", r.DeltaE, 4);
                JsonParts.Number(json, "edge_energy", r.EdgeEnergy, 4);
                JsonParts.Number(json, "detail_loss_db", r.DetailLossDb, 4);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            JsonParts.Number(json, "latent_mean_square", result.LatentMeanSquare, 6);
            json.WriteNumber("pictures", result.Pictures);
            json.WriteNumber("size", side);
        });
        ReportFolder.RequireAll(unreadable, from, pictures.Count);

        void Sheet(string name, ImageTensor original, IReadOnlyList<ImageTensor> results)
            => PictureFile.Save(Path.Combine(sheets!, Path.GetFileNameWithoutExtension(name) + ".png"), SideBySide.Render(
            [
                new SheetPanel("original", original), new SheetPanel(candidate.Autoencoder.Name, results[0]), new SheetPanel(reference.Autoencoder.Name, results[1]),
                new SheetPanel($"{reference.Autoencoder.Name} to {candidate.Autoencoder.Name}", results[2]),
            ]));
    }

    private sealed class Fraction(IProgress<StepProgress> steps) : IProgress<double>
    {
        public void Report(double value) => steps.Report(new StepProgress(value, ""));
    }
}
