using System.CommandLine;
using System.Globalization;
using LatentSharp.Service.Json;
using LatentSharp.Service.Planning;
using LatentSharp.Tuning;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent plan</c></summary>
internal sealed class PlanCommand : LatentCommand
{
    private const int StepsShown = 5;

    private readonly Option<PictureSize> size = PictureSize.Option(new PictureSize(1024, 1024));
    private readonly Option<string?> ae = ShownAutoencoder.Option();
    private readonly Option<long?> memory = SharedOptions.Memory();
    private readonly Option<string> precision = SharedOptions.Precision();
    private readonly Option<bool> keepWeights = SharedOptions.KeepWeights();
    private readonly Option<int?> steps = new("--steps")
    {
        Description = "With --model: steps of the sampler. Without: list every step of the networks, not only those that take most.",
        HelpName = "N", Arity = ArgumentArity.ZeroOrOne,
    };
    private readonly Option<string?> model = new("--model")
    {
        Description = "Plan a whole picture of a FLUX.1 model or of one on pixels: a file, a folder, a name that `latent models` shows, or a "
            + "published FLUX.1 model that need not be here, such as flux1-dev.",
        HelpName = "NAME|PATH",
    };

    private readonly Option<string?> train = new("--train")
    {
        Description = "Plan a step of `latent finetune` on a square too; the part is the decoder if it is left out. The size is 256x256 unless given.",
        HelpName = "decoder|encoder|both|norms|last:N", Arity = ArgumentArity.ZeroOrOne,
    };

    internal PlanCommand() : base("plan", "Say what a picture will take, without making it: multiply-adds, memory, time.",
        "latent plan", "latent plan --size 2048x1536 --ae ae.safetensors", "latent plan --steps", "latent plan --json",
        "latent plan --train --ae ae.safetensors --memory 2.5GB",
        "latent plan --model flux1-dev --size 1024x1024 --steps 28", "latent plan --model flux1-schnell --size 512x512 --precision int8")
    {
        foreach (Symbol symbol in (Symbol[])[size, ae, memory, keepWeights, steps, model, precision, train]) this.Add(symbol);
    }

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output output, CancellationToken cancellationToken)
    {
        PictureSize picture = arguments.GetValue(size);
        if (arguments.GetValue(model) is { } planned)
        {
            if (arguments.GetValue(ae) is not null)
                throw new LatentSharpException(ErrorKind.Usage, "--model", "what an autoencoder takes is planned by itself.",
                    "Leave one of --ae and --model out.");
            var request = new PlanModelRequest
            {
                Model = planned,
                Size = arguments.GetResult(size) is { Implicit: false } ? new PixelSize(picture.Width, picture.Height) : null,
                Steps = arguments.GetValue(steps),
                Compute = SharedOptions.Compute(arguments, memory, precision: precision),
            };
            if (PlanPixels.Run(Library(arguments), request, cancellationToken: cancellationToken) is { } pixels)
            {
                ShownPlan.Print(pixels, output);
                output.Object(pixels, ServiceJson.Readable.PlanPixelsResult);
                return;
            }
            PlanModelResult whole = PlanModel.Run(Library(arguments), request, cancellationToken);
            ShownPlan.Print(whole, output);
            output.Object(whole, ServiceJson.Readable.PlanModelResult);
            return;
        }
        ComputeOptions compute = SharedOptions.Compute(arguments, memory, keepWeights, precision);
        if (compute.Precision == LatentSharp.Precision.Int8)
            throw new LatentSharpException(ErrorKind.Usage, "--precision", "autoencoders are not computed in int8; this is for a transformer.",
                "Name a model with --model.");
        if (arguments.GetValue(steps) is not null)
            throw new LatentSharpException(ErrorKind.Usage, "--steps", "a number of steps belongs to a model.", "Name it with --model.");
        TrainedPart? part = arguments.GetResult(train) is null ? null
            : TrainedPart.Parse(arguments.GetValue(train) ?? TrainedPart.Decoder.Word);
        if (part is not null && arguments.GetResult(size) is not { Implicit: false }) picture = new PictureSize(256, 256);
        PlanResult result = PlanPicture.Run(Library(arguments), new PlanRequest
        {
            Train = part,
            Size = new PixelSize(picture.Width, picture.Height), Autoencoder = arguments.GetValue(ae),
            Compute = compute,
        }, cancellationToken);
        ShownAutoencoder.Print($"{picture.Width} x {picture.Height} with", result.Autoencoder, output);
        (string Name, PlanFacts? Plan)[] plans = [("encode", result.Encode), ("decode", result.Decode)];
        foreach ((string name, PlanFacts? plan) in plans)
            if (plan is not null)
                output.Line(string.Create(CultureInfo.InvariantCulture,
                    $"{name}  {plan.MultiplyAdds / 1e9:#,0.0} G multiply-adds   peak memory {Megabytes(plan.PeakBytes)} MB   "
                        + $"{Kept(plan)}{plan.Steps.Count} steps   {plan.Threads} threads, {plan.Simd}"));
        if (result.Train is { } training) Training(output, training);
        foreach ((string name, PlanFacts? plan) in plans)
            if (plan is not null) Steps(output, name, plan, arguments.GetResult(steps) is not null);
        output.Object(result, ServiceJson.Readable.PlanResult);
    }

    private static void Steps(Output output, string name, PlanFacts plan, bool all)
    {
        PlanStepFacts[] shown = all ? [.. plan.Steps]
            : [.. plan.Steps.OrderByDescending(s => s.LiveBytes + s.WorkingBytes).Take(StepsShown)];
        int width = shown.Max(s => s.Name.Length), operation = shown.Max(s => s.Operation.Length);
        output.Line();
        output.Line(all ? name : $"{name}: what takes most memory of {plan.Steps.Count} steps (--steps lists them all)");
        output.Line($"{"step".PadRight(width)}  {"operation".PadRight(operation)}  {"result",16}  {"G mul-adds",10}  {"memory MB",9}");
        foreach (PlanStepFacts step in shown)
            output.Line(string.Create(CultureInfo.InvariantCulture,
                $"{step.Name.PadRight(width)}  {step.Operation.PadRight(operation)}  {$"{step.Height}x{step.Width}x{step.Channels}",16}  "
                    + $"{step.MultiplyAdds / 1e9,10:#,0.000}  {Megabytes(step.LiveBytes + step.WorkingBytes),9}"));
    }

    private static void Training(Output output, TrainingFacts t)
    {
        output.Line(string.Create(CultureInfo.InvariantCulture,
            $"train {t.Part}  {t.Parameters:N0} numbers; they and what is remembered of them take {Megabytes(t.StateBytes)} MB. A picture of a step:"));
        Line("kept", t.Kept, !t.IsAgain);
        Line("computed again", t.Again, t.IsAgain);

        void Line(string name, TrainingWay way, bool chosen) => output.Line(string.Create(CultureInfo.InvariantCulture,
            $"  {name,-14}  {way.MultiplyAdds / 1e9:#,0.0} G multiply-adds   peak memory {Megabytes(way.PeakBytes)} MB"
                + $"{(chosen ? "   <- as the memory allows" : "")}"));
    }

    private static string Kept(PlanFacts plan) => plan.KeptBytes == 0 ? "" : $"{Megabytes(plan.KeptBytes)} MB of it weights that stay   ";

    private static string Megabytes(long bytes) => (bytes / 1e6).ToString("#,0.0", CultureInfo.InvariantCulture);
}
