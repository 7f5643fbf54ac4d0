using System.CommandLine;
using System.Globalization;
using LatentSharp.Service.Diagnosing;
using LatentSharp.Service.Json;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent diagnose</c></summary>
internal sealed class DiagnoseCommand : LatentCommand
{
    private readonly InputsArgument pictures = new("PICTURE")
    {
        Description = "The picture or latent that looks wrong. Or many: files, folders, patterns, @lists.",
        Arity = ArgumentArity.ZeroOrMore,
    };
    private readonly Option<string?> reference = new("--reference")
    {
        Description = "What it should look like, of the same size; for many pictures a folder with the references under the same names.",
        HelpName = "PICTURE|DIR",
    };
    private readonly Option<string?> latent = new("--latent") { Description = "The latent that the picture was decoded from.", HelpName = "LATENT" };
    private readonly Option<string?> ae = new("--ae") { Description = "The autoencoder that decoded it.", HelpName = "NAME|PATH" };
    private readonly Option<string?> model =
        new("--model") { Description = "The diffusion model: a checkpoint, or a name such as flux1-dev, sdxl, sd3.5.", HelpName = "NAME|PATH" };
    private readonly Option<string?> output =
        new("--output", "-o") { Description = "A folder for diagnose.html: the picture with the places marked, plots, and what to do.", HelpName = "DIR" };
    private readonly Option<bool> recursive = InputOptions.Recursive(), lines = InputOptions.JsonLines();

    internal DiagnoseCommand() : base("diagnose", "Say what is wrong with a picture or latent, and whether the autoencoder or the diffusion model did it.",
        "latent diagnose decoded.png --reference photo.png",
        "latent diagnose decoded.png -o diagnosis/",
        "latent diagnose picture.png --latent picture.latent.safetensors --ae ae.safetensors --model flux1-dev",
        "latent diagnose z.safetensors --model sdxl --json",
        "latent diagnose decoded/ --reference photos/ -o diagnosis/ --json-lines")
    {
        foreach (Symbol symbol in (Symbol[])[pictures, reference, latent, ae, model, output, recursive, lines]) this.Add(symbol);
    }

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output output, CancellationToken cancellationToken)
    {
        string[] names = arguments.GetValue(pictures) ?? [];
        string? asLatent = arguments.GetValue(latent);
        var request = new DiagnoseRequest
        {
            Reference = arguments.GetValue(reference), Autoencoder = arguments.GetValue(ae), Model = arguments.GetValue(model),
            Output = arguments.GetValue(this.output), KeepResults = output.Json && !output.JsonLines,
        };
        if (names.Length == 0 && asLatent is not null && DiagnoseFiles.AreMany([asLatent])) (names, asLatent) = ([asLatent], null);
        if (DiagnoseFiles.AreMany(names))
        {
            if (asLatent is not null)
                throw new LatentSharpException(ErrorKind.Usage, asLatent, "many pictures have no single latent.", "Name one picture, or no latent.");
            Many(arguments, names, request, output, cancellationToken);
            return;
        }
        DiagnoseResult result = DiagnosePicture.Run(Library(arguments),
            request with { Picture = names.FirstOrDefault(), Latent = asLatent }, cancellationToken);
        Print(result, output, asLatent ?? names[0]);
        if (output.JsonLines) output.Raw(result, ServiceJson.Lines.DiagnoseResult);
        else output.Object(result, ServiceJson.Readable.DiagnoseResult);
    }

    private void Many(ParseResult arguments, string[] names, DiagnoseRequest request, Output output, CancellationToken cancellationToken)
    {
        var printed = new BatchOutput<DiagnosedFile>(output, ServiceJson.Lines.DiagnosedFile, f =>
        {
            output.Line(f.Input);
            Print(f.Found, output, f.Input);
        });
        var inputs = new InputSelection
        {
            Names = names, Recursive = arguments.GetValue(recursive),
            StandardInput = ((Surroundings)arguments.InvocationConfiguration).Input(),
        };
        DiagnoseFilesResult result = DiagnoseFiles.Run(Library(arguments), inputs, request, output.Progress("diagnose"), printed,
            cancellationToken);
        printed.End(result, result with { Results = [] }, (ServiceJson.Lines.DiagnoseFilesResult, ServiceJson.Readable.DiagnoseFilesResult),
            null, (result.Failed, result.Batch, "diagnosed"));
    }

    private static void Print(DiagnoseResult result, Output output, string file)
    {
        foreach (string note in result.Notes) output.Note($"{file}: {note}");
        output.Line(result.Headline);
        foreach (FindingFacts f in result.Findings)
        {
            output.Line(string.Create(CultureInfo.InvariantCulture,
                $"{f.Severity} {f.Kind}   origin: {f.Origin}, confidence {100 * f.Confidence:0} %"));
            output.Line("  " + f.Evidence);
            output.Line("  " + (TypedRemedy.Text(f.Remedy) ?? f.Next));
        }
        foreach (string seen in result.Visible) output.Line("visible: " + seen);
        foreach (string open in result.CannotTell) output.Line("cannot tell: " + open);
        if (result.Remedy is not null) output.Line(TypedRemedy.Text(result.Remedy)!);
        if (result.Html is { } page) output.Line($"-> {page}");
    }
}
