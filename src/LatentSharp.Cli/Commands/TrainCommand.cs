using System.CommandLine;
using System.Globalization;
using LatentSharp.Service.Finetuning;
using LatentSharp.Service.Json;
using LatentSharp.Service.Training;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent train</c></summary>
internal sealed class TrainCommand : LatentCommand
{
    private readonly Argument<string> recipe = new("RECIPE") { Description = "The JSON file with the hyper-parameters." };
    private readonly TuningOptions tuning = new();
    private readonly Option<int> steps = SharedOptions.WholeNumber(
        new("--steps") { Description = "Steps at most, in place of the recipe's.", HelpName = "N" }, TuningOptions.MostSteps);
    private readonly Option<double?> minutes = SharedOptions.AboveZero("--minutes", "Minutes at most, in place of the recipe's.", "M");

    internal TrainCommand()
        : base("train", "Make a new autoencoder by a recipe: of pictures alone, or as the student of a larger one.",
        "latent train small.json --images photos/ -o small.safetensors",
        "latent train student.json --images photos/ -o student.safetensors --page course.html",
        "latent train small.json --images photos/ -o try.safetensors --steps 100")
    {
        foreach (Symbol symbol in (Symbol[])[recipe, tuning.Images, tuning.Output, tuning.Lpips, steps, minutes, tuning.Page,
            tuning.Anew, tuning.Lines, tuning.Memory]) this.Add(symbol);
    }

    /// <inheritdoc/>
    protected override string LeftByCancelling => TuningOptions.LeftByCancelling;

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output output, CancellationToken cancellationToken)
    {
        var lines = new TuningLines(output);
        TrainResult result = TrainAutoencoder.RunAsync(Library(arguments), new TrainRequest
        {
            Recipe = arguments.GetRequiredValue(recipe), Images = ImageOption.Selection(arguments, tuning.Images),
            Lpips = arguments.GetValue(tuning.Lpips) ?? [], Output = arguments.GetRequiredValue(tuning.Output),
            Minutes = arguments.GetValue(minutes),
            Steps = arguments.GetResult(steps) is null ? null : arguments.GetValue(steps), Page = arguments.GetValue(tuning.Page),
            Anew = arguments.GetValue(tuning.Anew), Compute = SharedOptions.Compute(arguments, tuning.Memory),
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
