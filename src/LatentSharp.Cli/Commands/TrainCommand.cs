using System.CommandLine;
using System.Globalization;
using LatentSharp.Service.Finetuning;
using LatentSharp.Service.Json;
using LatentSharp.Service.Training;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent train</c></summary>
internal sealed class TrainCommand : LatentCommand
{
    private const int MostSteps = 10_000_000;

    private readonly Argument<string> recipe = new("RECIPE") { Description = "The JSON file with the hyper-parameters." };
    private readonly Option<string[]> images = ImageOption.Create("The pictures: one in five, eight at most, is held back for the proof.");
    private readonly Option<string> output = new("--output", "-o") { Description = "The new safetensors file.", HelpName = "FILE", Required = true };
    private readonly Option<int?> steps = new("--steps") { Description = "Steps at most, in place of the recipe's.", HelpName = "N" };
    private readonly Option<double?> minutes = SharedOptions.AboveZero("--minutes", "Minutes at most, in place of the recipe's.", "M");
    private readonly Option<string?> page = new("--page")
    {
        Description = "A page with curves and pictures, written anew after every measurement.", HelpName = "FILE.html",
    };
    private readonly Option<bool> anew = new("--anew") { Description = "Forget a run that was stopped, and begin again." };
    private readonly Option<bool> lines = new(InputOptions.JsonLinesName, "--jsonl")
    {
        Description = "Print one line of JSON for each measurement as it is made, and one for the result at the end.",
    };
    private readonly Option<long?> memory = SharedOptions.Memory();

    internal TrainCommand()
        : base("train", "Make a new autoencoder by a recipe: of pictures alone, or as the student of a larger one.",
        "latent train small.json --images photos/ -o small.safetensors",
        "latent train student.json --images photos/ -o student.safetensors --page course.html",
        "latent train small.json --images photos/ -o try.safetensors --steps 100")
    {
        steps.Validators.Add(result =>
        {
            if (result.Tokens is [var token]
                && !(int.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out int n) && n is > 0 and <= MostSteps))
                result.AddError($"--steps {token.Value}: a whole number from 1 to {MostSteps} is expected.");
        });
        foreach (Symbol symbol in (Symbol[])[recipe, images, output, steps, minutes, page, anew, lines, memory]) this.Add(symbol);
    }

    /// <inheritdoc/>
    protected override string LeftByCancelling => "no result was written; the same command goes on from the last measurement.";

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output output, CancellationToken cancellationToken)
    {
        var lines = new TuningLines(output);
        TrainResult result = TrainAutoencoder.RunAsync(Library(arguments), new TrainRequest
        {
            Recipe = arguments.GetRequiredValue(recipe), Images = ImageOption.Selection(arguments, images),
            Output = arguments.GetRequiredValue(this.output), Steps = arguments.GetValue(steps), Minutes = arguments.GetValue(minutes),
            Page = arguments.GetValue(page), Anew = arguments.GetValue(anew), Compute = SharedOptions.Compute(arguments, memory),
        }, lines.Started, lines.Measured, output.Progress("train"), cancellationToken).GetAwaiter().GetResult();
        Ended(output, result);
        if (output.JsonLines) output.Raw(result, ServiceJson.Lines.TrainResult);
        else output.Object(result, ServiceJson.Readable.TrainResult);
        ImageOption.Finish(output, result.Unreadable, result.Pictures + result.HeldBack);
    }

    private static void Ended(Output output, TrainResult result)
    {
        output.Line(string.Create(CultureInfo.InvariantCulture, $"{result.Steps} steps, {TuningLines.Why(result.Ended)}; the best was that of step "
            + $"{result.BestStep}. On the {result.HeldBack} held back, with the file as it is written:"));
        HeldBackFigures after = result.After;
        output.Line(string.Create(CultureInfo.InvariantCulture,
            $"  PSNR {after.Psnr:0.00} dB, SSIM {after.Ssim:0.0000}, colour error {after.DeltaE:0.00} dE2000"));
        if (result.Taught is { } taught)
            output.Line(string.Create(CultureInfo.InvariantCulture,
                $"  {result.Teacher!.Name}: PSNR {taught.Psnr:0.00} dB, SSIM {taught.Ssim:0.0000}, colour error {taught.DeltaE:0.00} dE2000"));
        output.Line(result.Teacher is null
            ? string.Create(CultureInfo.InvariantCulture,
                $"  its latents are a space of their own, {result.Space.Id}: scale {result.Space.Scale[0]:0.0000}, shift {result.Space.Shift[0]:0.0000}")
            : result.Space.LatentDifference is { } difference ? string.Create(CultureInfo.InvariantCulture,
                $"  it speaks {result.Space.Title}; its latents differ from the teacher's by {difference:0.000} (root mean square)")
            : $"  it speaks {result.Space.Title}");
        output.Line($"-> {result.Output}");
    }
}
