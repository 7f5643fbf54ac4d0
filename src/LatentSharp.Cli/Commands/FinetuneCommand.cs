using System.CommandLine;
using System.Globalization;
using LatentSharp.Service.Finetuning;
using LatentSharp.Service.Finetuning.Lora;
using LatentSharp.Service.Json;
using LatentSharp.Tuning;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent finetune</c></summary>
internal sealed class FinetuneCommand : LatentCommand
{
    private readonly Argument<string> autoencoder = new("AE")
    {
        Description = "The autoencoder to train, or a small generator, whose LoRA is trained; it is left as it is.",
    };
    private readonly TuningOptions tuning = new();
    private readonly Option<string> part = new("--part")
    {
        Description = "What is trained. All but `encoder` and `both` leave the latent space where it is.",
        HelpName = "decoder|encoder|both|norms|last:N|rank:N", DefaultValueFactory = _ => "decoder",
    };
    private readonly Option<string?> latents = new("--latents")
    {
        Description = "A folder of latents that are called as the pictures are: the decoder learns to make these pictures of these latents.",
        HelpName = "DIR",
    };
    private readonly Option<string> loss = new("--loss")
    {
        Description = $"What is made small: {string.Join(", ", PictureLosses.Names)}, lpips with --lpips, or a sum such as l1+0.5*ssim. "
            + "The first term tells what better means.",
        HelpName = "LOSS", DefaultValueFactory = _ => "charbonnier",
    };
    private readonly Option<int> steps = SharedOptions.WholeNumber(
        new("--steps") { Description = "Steps at most.", HelpName = "N", DefaultValueFactory = _ => 1000 }, TuningOptions.MostSteps);
    private readonly Option<double?> minutes = SharedOptions.AboveZero("--minutes", "Minutes at most.", "M"),
        rate = SharedOptions.AboveZero("--rate", "The highest rate; by default one that fits the number of weights.", "RATE");
    private readonly Option<string> optimiser = SharedOptions.Choice("--optimiser", "The rule by which weights follow their gradients.", "adamw",
        [.. OptimiserWords.All.Keys]);
    private readonly Option<int> crop = SharedOptions.WholeNumber(new("--crop")
    {
        Description = "Sides of the squares that are cut out of the pictures; by default 256, or 128 where pictures or memory are too small.",
        HelpName = "PIXELS",
    }, 8192);
    private readonly Option<int> batch = SharedOptions.WholeNumber(
        new("--batch") { Description = "Squares in a step; they take the memory of one.", HelpName = "N", DefaultValueFactory = _ => 2 }, 4096);
    private readonly Option<ulong?> seed = SharedOptions.Seed("--seed", "Tells which squares are cut out, and in which order.");

    internal FinetuneCommand()
        : base("finetune", "Train an autoencoder, or a LoRA of a small generator, on your pictures; refused when it does not help on pictures held back.",
        "latent finetune my.safetensors --images photos/ -o better.safetensors",
        "latent finetune my.safetensors --images drawings/ -o drawings.safetensors --loss l1+0.5*ssim --steps 500 --page course.html",
        "latent finetune flux1-mini-generator --images pictures-with-captions/ -o style.safetensors",
        "latent finetune my.safetensors --images photos/ --latents latents/ -o fitted.safetensors --part last:2 --minutes 30")
    {
        foreach (Symbol symbol in (Symbol[])[autoencoder, tuning.Images, tuning.Output, part, latents, loss, tuning.Lpips, steps, minutes,
            rate, optimiser, crop, batch, seed, tuning.Page, tuning.Anew, tuning.Lines, tuning.Memory]) this.Add(symbol);
    }

    /// <inheritdoc/>
    protected override string LeftByCancelling => TuningOptions.LeftByCancelling;

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output output, CancellationToken cancellationToken)
    {
        if (FinetuneLora.IsFor(Library(arguments), arguments.GetRequiredValue(autoencoder)))
        {
            RunLora(arguments, output, cancellationToken);
            return;
        }
        var lines = new TuningLines(output);
        FinetuneResult result = FinetuneAutoencoder.RunAsync(Library(arguments), new FinetuneRequest
        {
            Autoencoder = arguments.GetRequiredValue(autoencoder), Images = ImageOption.Selection(arguments, tuning.Images),
            Output = arguments.GetRequiredValue(tuning.Output), Part = TrainedPart.Parse(arguments.GetRequiredValue(part)),
            Latents = arguments.GetValue(latents), Loss = arguments.GetRequiredValue(loss), Lpips = arguments.GetValue(tuning.Lpips) ?? [],
            Steps = arguments.GetValue(steps), Minutes = arguments.GetValue(minutes), Rate = arguments.GetValue(rate),
            Optimiser = OptimiserWords.All[arguments.GetRequiredValue(optimiser)],
            Crop = arguments.GetResult(crop) is null ? null : arguments.GetValue(crop), Batch = arguments.GetValue(batch),
            Seed = arguments.GetValue(seed) ?? 0, Page = arguments.GetValue(tuning.Page),
            Anew = arguments.GetValue(tuning.Anew), Compute = SharedOptions.Compute(arguments, tuning.Memory),
        }, lines.Started, lines.Measured, output.Progress("finetune"), cancellationToken).GetAwaiter().GetResult();
        foreach (string note in result.Notes.Except(lines.Said)) output.Note(note);
        Ended(output, result);
        if (output.JsonLines) output.Raw(result, ServiceJson.Lines.FinetuneResult);
        else output.Object(result, ServiceJson.Readable.FinetuneResult);
        ImageOption.Finish(output, result.Unreadable, result.Pictures + result.HeldBack);
    }

    private void RunLora(ParseResult arguments, Output output, CancellationToken cancellationToken)
    {
        Option[] others = [latents, loss, tuning.Lpips, tuning.Page];
        if (others.FirstOrDefault(Given) is { } other)
            throw new LatentSharpException(ErrorKind.Usage, other.Name, "it belongs to autoencoders; of a generator a LoRA is trained.", "Leave it out.");
        var request = new LoraRequest
        {
            Model = arguments.GetRequiredValue(autoencoder), Images = ImageOption.Selection(arguments, tuning.Images),
            Output = arguments.GetRequiredValue(tuning.Output), Side = Given(crop) ? arguments.GetValue(crop) : null,
            Minutes = arguments.GetValue(minutes), Rate = arguments.GetValue(rate), Batch = arguments.GetValue(batch),
            Optimiser = OptimiserWords.All[arguments.GetRequiredValue(optimiser)], Seed = arguments.GetValue(seed) ?? 0,
            Anew = arguments.GetValue(tuning.Anew), Compute = SharedOptions.Compute(arguments, tuning.Memory),
        };
        request = request with
        {
            Rank = Given(part) ? FinetuneLora.RankOf(arguments.GetRequiredValue(part)) : request.Rank,
            Steps = Given(steps) ? arguments.GetValue(steps) : request.Steps,
        };
        var lines = new LoraLines(output);
        LoraResult result = FinetuneLora.Run(Library(arguments), request, lines.Started, lines.Measured, output.Progress("finetune"), cancellationToken);
        lines.Ended(result);
        if (output.JsonLines) output.Raw(result, ServiceJson.Lines.LoraResult);
        else output.Object(result, ServiceJson.Readable.LoraResult);
        ImageOption.Finish(output, result.Unreadable, result.Pictures + result.HeldBack);

        bool Given(Option option) => arguments.GetResult(option) is { Implicit: false };
    }

    private static void Ended(Output output, FinetuneResult result)
    {
        output.Line(string.Create(CultureInfo.InvariantCulture, $"{result.Steps} steps, {TuningLines.Why(result.Ended)}; "
            + $"the best was that of step {result.BestStep}. On the "
            + $"{result.HeldBack} held back, with the file as it is written:"));
        (HeldBackFigures before, HeldBackFigures after) = (result.Before, result.After);
        output.Line(string.Create(CultureInfo.InvariantCulture, $"  PSNR          {before.Psnr:0.00} -> {after.Psnr:0.00} dB"));
        output.Line(string.Create(CultureInfo.InvariantCulture, $"  SSIM          {before.Ssim:0.0000} -> {after.Ssim:0.0000}"));
        output.Line(string.Create(CultureInfo.InvariantCulture, $"  colour error  {before.DeltaE:0.00} -> {after.DeltaE:0.00} dE2000"));
        output.Line(result.Space switch
        {
            { EncoderUnchanged: true } => $"  the encoder is the same to the bit: latents of {result.Autoencoder.SpaceTitle} fit as before",
            { EncoderUnchanged: false } space => string.Create(CultureInfo.InvariantCulture,
                $"  the encoder was trained: its latents differ by {space.LatentDifference:0.000} (root mean square) from those before"
                    + $"{(space.Recognised == false ? ", and are no longer recognised as those of their space" : "")}"),
            _ => "  there is no encoder in the file",
        });
        output.Line($"-> {result.Output}");
    }
}
