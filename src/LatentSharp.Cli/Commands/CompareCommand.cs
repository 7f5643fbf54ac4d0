using System.CommandLine;
using System.Globalization;
using LatentSharp.Cli.Files;
using LatentSharp.Quality.Reports;
using LatentSharp.Quality.Reports.Html;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent compare</c></summary>
internal sealed class CompareCommand : LatentCommand
{
    private readonly Argument<string[]> autoencoders = new("AE") { Description = "Two or more autoencoders: files, folders, or names that `latent ae list` shows.", Arity = ArgumentArity.OneOrMore };
    private readonly Option<string> images = new("--images") { Description = "A folder of pictures to measure with.", HelpName = "DIR", Required = true };
    private readonly Option<string?> output = new("--output", "-o") { Description = "The folder for compare.json and compare.html; `compare` by default.", HelpName = "DIR" };
    private readonly Option<long?> memory = SharedOptions.Memory();

    internal CompareCommand() : base("compare", "Measure several autoencoders with the same pictures, rank them, and cross them.",
        "latent compare embedded ae.safetensors --images photos/", "latent compare taef1_encoder.safetensors taesd3_encoder.safetensors --images photos/ -o comparison/")
    {
        Add(autoencoders);
        Add(images);
        Add(output);
        Add(memory);
    }

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output report, CancellationToken cancellationToken)
    {
        string[] named = arguments.GetRequiredValue(autoencoders);
        if (named.Length < 2) throw new LatentSharpException(ErrorKind.Usage, named[0], "a comparison needs two autoencoders at least.", "Name another one, such as embedded.");
        string from = arguments.GetRequiredValue(images);
        List<ChosenAutoencoder> chosen = [];
        try
        {
            foreach (string name in named) chosen.Add(ChosenAutoencoder.Open(name, report));
            (List<ReportPicture> pictures, List<UnreadablePicture> unreadable) = ReportFolder.Pictures(from, report);
            ReportFolder folder = new(arguments.GetValue(output) ?? "compare");
            ComparisonRun run = new([.. chosen.Select(c => c.Autoencoder)], folder, new ReportOptions { Compute = SharedOptions.Compute(arguments, memory), PicturesToShow = 8 });
            ComparisonReport result = ProgressDisplay.Run(report, "compare", progress => run.Run(pictures, unreadable, ReportSteps.Of(progress), cancellationToken));
            string json = folder.Finish("compare.json", result.ToJson());
            HashSet<string> refused = [.. result.DataSet.Unreadable.Select(u => u.Name)];
            string page = folder.Finish("compare.html", ComparisonPage.Write(result, [.. pictures.Select(p => p.Name).Where(n => !refused.Contains(n))], folder.DataUri));
            folder.Clean();
            foreach (ComparedAutoencoder a in result.Autoencoders)
                report.Line(string.Create(CultureInfo.InvariantCulture, $"{a.Identity.Name,-24} PSNR {a.Mean("psnr"):0.00} dB, SSIM {a.Mean("ssim"):0.000}, colour error {a.Mean("delta_e"):0.00}, {a.SecondsPerMegapixel:0.0} s per megapixel"));
            foreach (Ranking r in result.Rankings) report.Line($"best for {r.Purpose,-10} {string.Join(" > ", r.Order)}");
            foreach (SwappedPair s in result.Swapped.Where(s => s.Encoder != s.Decoder))
                report.Line(string.Create(CultureInfo.InvariantCulture, $"{s.Encoder} -> {s.Decoder}: {s.Psnr:0.0} dB, cast {s.Cast:0.0}{(s.SameSpace ? "" : "   MISMATCH: different latent spaces")}"));
            if (result.Swapped.Count == 0) report.Note($"no pair was crossed: the latents differ in shape, or no picture has {LatentExperiments.SmallestSide} pixels each way");
            report.Line($"-> {page}");
            report.Object(writer =>
            {
                writer.WriteString("json", json);
                writer.WriteString("html", page);
                writer.WritePropertyName("comparison");
                writer.WriteRawValue(result.ToJson());
            });
            ReportFolder.RequireAll(result.DataSet.Unreadable, from, result.DataSet.Count);
        }
        finally
        {
            foreach (ChosenAutoencoder c in chosen) c.Dispose();
        }
    }
}
