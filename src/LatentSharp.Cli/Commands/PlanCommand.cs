using System.CommandLine;
using System.Globalization;
using LatentSharp.Service.Json;
using LatentSharp.Service.Planning;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent plan</c></summary>
internal sealed class PlanCommand : LatentCommand
{
    private const int StepsShown = 5;

    private readonly Option<PictureSize> size = PictureSize.Option(new PictureSize(1024, 1024));
    private readonly Option<string?> ae = ShownAutoencoder.Option();
    private readonly Option<long?> memory = SharedOptions.Memory();
    private readonly Option<bool> keepWeights = SharedOptions.KeepWeights();
    private readonly Option<bool> steps = new("--steps") { Description = "List every step, not only those that take most." };

    internal PlanCommand() : base("plan", "Say what encoding and decoding a picture will take, without doing it: multiply-adds, memory, steps.",
        "latent plan", "latent plan --size 2048x1536 --ae ae.safetensors", "latent plan --steps", "latent plan --json")
    {
        foreach (Symbol symbol in (Symbol[])[size, ae, memory, keepWeights, steps]) this.Add(symbol);
    }

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output output, CancellationToken cancellationToken)
    {
        PictureSize picture = arguments.GetValue(size);
        PlanResult result = PlanPicture.Run(Library(arguments), new PlanRequest
        {
            Size = new PixelSize(picture.Width, picture.Height), Autoencoder = arguments.GetValue(ae),
            Compute = SharedOptions.Compute(arguments, memory, keepWeights),
        });
        output.Line($"{picture.Width} x {picture.Height} with {ShownAutoencoder.Of(result.Autoencoder)}");
        (string Name, PlanFacts? Plan)[] plans = [("encode", result.Encode), ("decode", result.Decode)];
        foreach ((string name, PlanFacts? plan) in plans)
            if (plan is not null)
                output.Line(string.Create(CultureInfo.InvariantCulture,
                    $"{name}  {plan.MultiplyAdds / 1e9:#,0.0} G multiply-adds   peak memory {Megabytes(plan.PeakBytes)} MB   "
                        + $"{Kept(plan)}{plan.Steps.Count} steps   {plan.Threads} threads, {plan.Simd}"));
        foreach ((string name, PlanFacts? plan) in plans)
            if (plan is not null) Steps(output, name, plan, arguments.GetValue(steps));
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

    private static string Kept(PlanFacts plan) => plan.KeptBytes == 0 ? "" : $"{Megabytes(plan.KeptBytes)} MB of it weights that stay   ";

    private static string Megabytes(long bytes) => (bytes / 1e6).ToString("#,0.0", CultureInfo.InvariantCulture);
}
