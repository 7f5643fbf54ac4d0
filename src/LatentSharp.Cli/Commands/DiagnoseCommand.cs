using System.CommandLine;
using System.Globalization;
using LatentSharp.Cli.Files;
using LatentSharp.Quality.Findings;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent diagnose</c></summary>
internal sealed class DiagnoseCommand : LatentCommand
{
    private readonly Argument<string?> picture = new("PICTURE") { Description = "The picture that looks wrong; may be left out with --latent.", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string?> reference = new("--reference") { Description = "What it should look like, of the same size.", HelpName = "PICTURE" };
    private readonly Option<string?> latent = new("--latent") { Description = "The latent that it was decoded from.", HelpName = "LATENT" };
    private readonly Option<string?> ae = new("--ae") { Description = "The autoencoder that decoded it.", HelpName = "NAME|PATH" };
    private readonly Option<string?> model = new("--model") { Description = "The diffusion model: a name such as flux1-dev, sdxl, sd3.5.", HelpName = "NAME" };

    internal DiagnoseCommand() : base("diagnose", "Say what is wrong with a picture or latent, and whether the autoencoder or the diffusion model did it.",
        "latent diagnose decoded.png --reference photo.png", "latent diagnose picture.png --latent picture.latent.safetensors --ae ae.safetensors --model flux1-dev", "latent diagnose --latent z.safetensors --model sdxl --json")
    {
        Add(picture);
        Add(reference);
        Add(latent);
        Add(ae);
        Add(model);
    }

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output report, CancellationToken cancellationToken)
    {
        string? pictureFile = arguments.GetValue(picture), latentFile = arguments.GetValue(latent), named = arguments.GetValue(ae);
        if (pictureFile is null && latentFile is null) throw new LatentSharpException(ErrorKind.Usage, "", "a picture or a latent is needed.", "latent diagnose PICTURE, or latent diagnose --latent LATENT");
        LatentSpace? modelSpace = arguments.GetValue(model) is { } name ? ChosenModel.Of(name).Space : null;
        using ChosenAutoencoder? chosen = named is null ? null : ChosenAutoencoder.Open(named, report);
        Latent? z = latentFile is null ? null : LatentFile.Read(InputFiles.Single(latentFile, "*.safetensors"), new LatentFileOptions { Space = modelSpace ?? chosen?.Autoencoder.Space, AllowNonFinite = true }).Latent;
        Diagnosis diagnosis = Diagnosis.Of(new DiagnosisInput
        {
            Picture = Load(pictureFile), Reference = Load(arguments.GetValue(reference)), Latent = z, Autoencoder = chosen?.Autoencoder, ModelSpace = modelSpace,
        }, cancellationToken);

        if (diagnosis.Findings.Count == 0) report.Line("Nothing wrong was found.");
        foreach (Finding f in diagnosis.Findings)
        {
            report.Line(string.Create(CultureInfo.InvariantCulture, $"{f.Severity} {f.KindName}   origin: {f.OriginName}, confidence {100 * f.Confidence:0} %"));
            report.Line("  " + f.Evidence);
            report.Line("  " + f.Next);
        }
        foreach (string open in diagnosis.CannotTell) report.Line("cannot tell: " + open);
        report.Object(json =>
        {
            json.WriteStartArray("findings");
            foreach (Finding f in diagnosis.Findings)
            {
                json.WriteStartObject();
                json.WriteString("kind", f.KindName);
                json.WriteString("severity", f.Severity);
                JsonParts.Number(json, "confidence", f.Confidence, 2);
                json.WriteString("evidence", f.Evidence);
                json.WriteString("origin", f.OriginName);
                json.WriteString("next", f.Next);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            JsonParts.Strings(json, "cannot_tell", diagnosis.CannotTell);
        });
    }

    private static ImageTensor? Load(string? path)
    {
        if (path is null) return null;
        ImageTensor image = PictureInput.Load(InputFiles.Single(path, "*.png")).Image;
        return image.Batch == 1 ? image : throw new LatentSharpException(ErrorKind.BadInput, path, $"this file holds {image.Batch} pictures; one is diagnosed at a time.", "Save the pictures one by one.");
    }
}
