using System.CommandLine;
using System.Globalization;
using LatentSharp.Service.Evaluating;
using LatentSharp.Service.Json;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent evaluate</c></summary>
internal sealed class EvaluateCommand : LatentCommand
{
    private readonly Argument<string?> autoencoder = new("AE")
    {
        Description = "The autoencoder in question; the default one if left out.",
        Arity = ArgumentArity.ZeroOrOne
    };
    private readonly Option<string> against =
        new("--against") { Description = "The autoencoder of the same latent space to measure it against, such as TAEF1.", HelpName = "AE", Required = true };
    private readonly Option<string[]> images = ImageOption.Create();
    private readonly Option<int> size = SharedOptions.WholeNumber(new Option<int>("--size")
    {
        Description = "Pictures are cut to their middle of at most this many pixels each way; larger ones than twice this are left out.",
        HelpName = "PIXELS", DefaultValueFactory = _ => 512,
    }, 8192);
    private readonly Option<string?> output = new("--output", "-o") { Description = "A folder for a sheet of every picture.", HelpName = "DIR" };
    private readonly Option<long?> memory = SharedOptions.Memory();

    internal EvaluateCommand() : base("evaluate", "Measure how well an autoencoder stands in for another one of the same latent space.",
        "latent evaluate embedded --against taef1_encoder.safetensors --images photos/",
        "latent evaluate my.safetensors --against ae.safetensors --images photos/ -o sheets/")
    {
        foreach (Symbol symbol in (Symbol[])[autoencoder, against, images, size, output, memory]) this.Add(symbol);
    }

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output output, CancellationToken cancellationToken)
    {
        EvaluateResult result = EvaluateAutoencoder.Run(Library(arguments), new EvaluateRequest
        {
            Autoencoder = arguments.GetValue(autoencoder), Against = arguments.GetRequiredValue(against),
            Images = ImageOption.Selection(arguments, images), Size = arguments.GetValue(size),
            Output = arguments.GetValue(this.output), Compute = SharedOptions.Compute(arguments, memory),
        }, output.Progress("evaluate"), cancellationToken);
        foreach (string note in result.Notes) output.Note(note);
        output.Line($"{"",-42} {"PSNR",7} {"SSIM",7} {"dE2000",7} {"edges",7} {"detail",8}");
        foreach (EvaluatedWay r in result.Rows)
            output.Line(string.Create(CultureInfo.InvariantCulture,
                $"{r.Way,-42} {r.Psnr,7:0.00} {r.Ssim,7:0.0000} {r.DeltaE,7:0.00} {r.EdgeEnergy,7:0.00} {-r.DetailLoss,5:0.0} dB"));
        output.Line(string.Create(CultureInfo.InvariantCulture,
            $"mean squared difference of the latents {result.LatentMeanSquare:0.0000}; {result.Pictures} picture{(result.Pictures == 1 ? "" : "s")} of "
                + $"at most {result.Size} x {result.Size}"));
        output.Object(result, ServiceJson.Readable.EvaluateResult);
        ImageOption.Finish(output, result.Unreadable, result.Pictures);
    }
}
