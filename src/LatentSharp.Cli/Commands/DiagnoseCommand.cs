using System.CommandLine;
using System.Globalization;
using LatentSharp.Service.Diagnosing;
using LatentSharp.Service.Json;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent diagnose</c></summary>
internal sealed class DiagnoseCommand : LatentCommand
{
    private readonly Argument<string?> picture =
        new("PICTURE") { Description = "The picture that looks wrong; may be left out with --latent.", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string?> reference = new("--reference") { Description = "What it should look like, of the same size.", HelpName = "PICTURE" };
    private readonly Option<string?> latent = new("--latent") { Description = "The latent that it was decoded from.", HelpName = "LATENT" };
    private readonly Option<string?> ae = new("--ae") { Description = "The autoencoder that decoded it.", HelpName = "NAME|PATH" };
    private readonly Option<string?> model =
        new("--model") { Description = "The diffusion model: a checkpoint, or a name such as flux1-dev, sdxl, sd3.5.", HelpName = "NAME|PATH" };
    private readonly Option<string?> output =
        new("--output", "-o") { Description = "A folder for diagnose.html: the picture with the places marked, plots, and what to do.", HelpName = "DIR" };

    internal DiagnoseCommand() : base("diagnose", "Say what is wrong with a picture or latent, and whether the autoencoder or the diffusion model did it.",
        "latent diagnose decoded.png --reference photo.png",
        "latent diagnose decoded.png -o diagnosis/",
        "latent diagnose picture.png --latent picture.latent.safetensors --ae ae.safetensors --model flux1-dev",
        "latent diagnose --latent z.safetensors --model sdxl --json")
    {
        foreach (Symbol symbol in (Symbol[])[picture, reference, latent, ae, model, output]) this.Add(symbol);
    }

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output output, CancellationToken cancellationToken)
    {
        DiagnoseResult result = DiagnosePicture.Run(Library(arguments), new DiagnoseRequest
        {
            Picture = arguments.GetValue(picture), Reference = arguments.GetValue(reference), Latent = arguments.GetValue(latent),
            Autoencoder = arguments.GetValue(ae),
            Model = arguments.GetValue(model), Output = arguments.GetValue(this.output),
        }, cancellationToken);
        foreach (string note in result.Notes) output.Note(arguments.GetValue(latent) is { } file ? $"{file}: {note}" : note);
        output.Line(result.Headline);
        foreach (FindingFacts f in result.Findings)
        {
            output.Line(string.Create(CultureInfo.InvariantCulture,
                $"{f.Severity} {f.Kind}   origin: {f.Origin}, confidence {100 * f.Confidence:0} %"));
            output.Line("  " + f.Evidence);
            output.Line("  " + (TypedRemedy.Text(f.Remedy) ?? f.Next));
        }
        foreach (string open in result.CannotTell) output.Line("cannot tell: " + open);
        if (result.Remedy is not null) output.Line(TypedRemedy.Text(result.Remedy)!);
        if (result.Html is { } page) output.Line($"-> {page}");
        output.Object(result, ServiceJson.Readable.DiagnoseResult);
    }
}
