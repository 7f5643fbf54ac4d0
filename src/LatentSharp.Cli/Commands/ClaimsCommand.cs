using System.CommandLine;
using LatentSharp.Cli.Files;
using LatentSharp.Imaging.Sheets;
using LatentSharp.Quality.Reports;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent claims</c>: the experiment of docs/experiments/ae-quality.md.</summary>
internal sealed class ClaimsCommand : LatentCommand
{
    private readonly Argument<string[]> autoencoders = new("AE") { Description = "Autoencoders to weaken and to cross.", Arity = ArgumentArity.OneOrMore };
    private readonly Option<string> images = new("--images") { Description = "A folder of pictures of 384 pixels at least.", HelpName = "DIR", Required = true };
    private readonly Option<string> output = new("--output", "-o") { Description = "The folder for claims.md and a sheet of pictures.", HelpName = "DIR", Required = true };
    private readonly Option<long?> memory = SharedOptions.Memory();

    internal ClaimsCommand() : base("claims", "Measure what is commonly said about autoencoders: mismatch, lower resolution, stronger compression.",
        "latent claims taef1_encoder.safetensors taesd3_encoder.safetensors embedded --images photos/ -o claims/")
    {
        Add(autoencoders);
        Add(images);
        Add(output);
        Add(memory);
    }

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output report, CancellationToken cancellationToken)
    {
        string folder = arguments.GetRequiredValue(output), from = arguments.GetRequiredValue(images);
        OutputFiles.MakeFolder(folder);
        List<ChosenAutoencoder> chosen = [];
        try
        {
            foreach (string name in arguments.GetRequiredValue(autoencoders)) chosen.Add(ChosenAutoencoder.Open(name, report));
            (List<ReportPicture> found, List<Quality.Reports.UnreadablePicture> unreadable) = ReportFolder.Pictures(from, report);
            ImageTensor[] pictures = [.. ReportFolder.Load(found, unreadable).Select(p => LatentExperiments.Middle(p.Image, 384)).Where(p => p.Height == 384 && p.Width == 384)];
            ClaimsExperiment experiment = new(pictures, SharedOptions.Compute(arguments, memory));
            List<ClaimRow> rows = ProgressDisplay.Run(report, "claims", progress => Measure(experiment, [.. chosen.Select(c => c.Autoencoder)], progress, cancellationToken));
            string table = ClaimsExperiment.Markdown(rows), file = Path.Combine(folder, "claims.md"), sheet = Path.Combine(folder, "claims.webp");
            File.WriteAllText(file, table);
            string first = rows[0].Autoencoder;
            SheetPanel[] panels = [new SheetPanel("original", pictures[0]), .. rows.Where(r => r.Autoencoder == first).Select(r => new SheetPanel(r.Variant, r.First))];
            PictureFile.Save(sheet, PictureViews.Stacked([.. panels.Chunk(4).Select(row => SideBySide.Render(row))]), new PictureSaveOptions { Quality = 85 });
            report.Line(table);
            report.Line($"{pictures.Length} pictures -> {file}, {sheet}");
            report.Object(json =>
            {
                json.WriteString("table", file);
                json.WriteString("sheet", sheet);
                json.WriteNumber("pictures", pictures.Length);
            });
            ReportFolder.RequireAll(unreadable, from, pictures.Length);
        }
        finally
        {
            foreach (ChosenAutoencoder c in chosen) c.Dispose();
        }
    }

    private static List<ClaimRow> Measure(ClaimsExperiment experiment, Autoencoder[] all, IProgress<StepProgress>? progress, CancellationToken cancellationToken)
    {
        List<ClaimRow> rows = [];
        for (int e = 0; e < all.Length; e++)
        {
            rows.AddRange(experiment.Compression(all[e], cancellationToken));
            for (int d = 0; d < all.Length; d++)
                if (d != e && all[d].Space.Channels == all[e].Space.Channels && all[d].Space.Factor == all[e].Space.Factor) rows.Add(experiment.Crossed(all[e], all[d], cancellationToken));
            progress?.Report(new StepProgress((e + 1.0) / all.Length, all[e].Name));
        }
        return rows;
    }
}
