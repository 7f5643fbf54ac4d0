using System.CommandLine;
using System.Globalization;
using LatentSharp.Quality.Reports;
using LatentSharp.Service.Comparing;
using LatentSharp.Service.Json;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent compare</c></summary>
internal sealed class CompareCommand : LatentCommand
{
    private readonly Argument<string[]> autoencoders =
        new("AE") { Description = "Two or more autoencoders: files, folders, or names that `latent ae list` shows.", Arity = ArgumentArity.OneOrMore };
    private readonly Option<string[]> images = ImageOption.Create();
    private readonly Option<string> output = new("--output", "-o")
    {
        Description = "The folder for compare.json and compare.html.",
        HelpName = "DIR", DefaultValueFactory = _ => "compare"
    };
    private readonly Option<long?> memory = SharedOptions.Memory();

    internal CompareCommand() : base("compare", "Measure several autoencoders with the same pictures, rank them, and cross them.",
        "latent compare embedded ae.safetensors --images photos/",
        "latent compare taef1_encoder.safetensors taesd3_encoder.safetensors --images photos/ -o comparison/")
    {
        foreach (Symbol symbol in (Symbol[])[autoencoders, images, output, memory]) this.Add(symbol);
    }

    /// <inheritdoc/>
    protected override string LeftByCancelling => "what is finished is kept, and the same command goes on from there.";

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output output, CancellationToken cancellationToken)
    {
        CompareResult result = CompareAutoencoders.Run(Library(arguments), new CompareRequest
        {
            Autoencoders = arguments.GetRequiredValue(autoencoders), Images = ImageOption.Selection(arguments, images),
            Output = arguments.GetRequiredValue(this.output),
            Compute = SharedOptions.Compute(arguments, memory),
        }, output.Progress("compare"), cancellationToken);
        foreach (ComparedAutoencoder a in result.Comparison.Autoencoders)
            output.Line(string.Create(CultureInfo.InvariantCulture,
                $"{a.Identity.Name,-24} PSNR {Figure(a.Mean("psnr"), "0.00")} dB, SSIM {Figure(a.Mean("ssim"), "0.000")}, colour error "
                    + $"{Figure(a.Mean("delta_e"), "0.00")}, {a.SecondsPerMegapixel:0.0} s per megapixel"));
        foreach (Ranking r in result.Comparison.Rankings) output.Line($"best for {r.Purpose,-10} {string.Join(" > ", r.Order)}");
        if (result.Comparison.Swapped.Any(s => s.Encoder != s.Decoder))
            output.Line($"encoded with one, decoded with another, on {result.Comparison.SwappedOn}:");
        foreach (SwappedPair s in result.Comparison.Swapped.Where(s => s.Encoder != s.Decoder))
            output.Line(string.Create(CultureInfo.InvariantCulture,
                $"{s.Encoder} -> {s.Decoder}: {s.Psnr:0.0} dB, cast {s.Cast:0.0}{(s.SameSpace ? "" : "   MISMATCH: different latent spaces")}"));
        foreach (string note in result.Notes) output.Note(note);
        output.Line($"-> {result.Html}");
        output.Object(result, ServiceJson.Readable.CompareResult);
        ImageOption.Finish(output, result.Unreadable, result.Comparison.DataSet.Count);
    }

    // A metric that no picture had is a dash.
    private static string Figure(double value, string format)
        => double.IsNaN(value) ? "-" : double.IsInfinity(value) ? "infinite" : value.ToString(format, CultureInfo.InvariantCulture);
}
