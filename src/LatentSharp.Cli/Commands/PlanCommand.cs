using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using LatentSharp.Compute;
using LatentSharp.Cpu;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent plan</c></summary>
internal sealed class PlanCommand : LatentCommand
{
    private readonly Option<PictureSize> size = PictureSize.Option(new PictureSize(1024, 1024));
    private readonly Option<string?> ae = ChosenAutoencoder.Option();
    private readonly Option<long?> memory = SharedOptions.Memory();

    internal PlanCommand() : base("plan", "Say what encoding and decoding a picture will take, without doing it: multiply-adds, memory, steps.",
        "latent plan", "latent plan --size 2048x1536 --ae ae.safetensors", "latent plan --json")
    {
        Add(size);
        Add(ae);
        Add(memory);
    }

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output report, CancellationToken cancellationToken)
    {
        PictureSize picture = arguments.GetValue(size);
        ComputeOptions compute = SharedOptions.Compute(arguments, memory);
        using ChosenAutoencoder chosen = ChosenAutoencoder.Open(arguments.GetValue(ae), report);
        var plans = new List<(string Name, CpuPlan Plan)>();
        if (chosen.Autoencoder.CanEncode) plans.Add(("encode", chosen.Autoencoder.PlanEncode(picture.Height, picture.Width, compute)));
        if (chosen.Autoencoder.CanDecode) plans.Add(("decode", chosen.Autoencoder.PlanDecode(picture.Height, picture.Width, compute)));

        report.Line($"{picture.Width} x {picture.Height} with {chosen.Description}");
        foreach ((string name, CpuPlan plan) in plans)
            report.Line(string.Create(CultureInfo.InvariantCulture, $"{name}  {plan.MultiplyAdds / 1e9:#,0.0} G multiply-adds   peak memory {Megabytes(plan.PeakBytes)} MB   {plan.Steps.Count} steps   {plan.Threads} threads, {plan.Simd}"));
        foreach ((string name, CpuPlan plan) in plans) Steps(report, name, plan);
        report.Object(json =>
        {
            chosen.Write(json);
            JsonParts.Size(json, "picture", (picture.Height, picture.Width));
            foreach ((string name, CpuPlan plan) in plans) Write(json, name, plan);
        });
    }

    private static void Steps(Output report, string name, CpuPlan plan)
    {
        int width = plan.Steps.Max(s => s.Name.Length), operation = plan.Steps.Max(s => s.Operation.Length);
        report.Line();
        report.Line($"{name.PadRight(width)}  {"operation".PadRight(operation)}  {"result",16}  {"G mul-adds",10}  {"memory MB",9}");
        foreach (PlanStep step in plan.Steps)
            report.Line(string.Create(CultureInfo.InvariantCulture, $"{step.Name.PadRight(width)}  {step.Operation.PadRight(operation)}  {$"{step.Shape.Height}x{step.Shape.Width}x{step.Shape.Channels}",16}  {step.MultiplyAdds / 1e9,10:#,0.000}  {Megabytes(step.LiveBytes + step.WorkingBytes),9}"));
    }

    private static void Write(Utf8JsonWriter json, string name, CpuPlan plan)
    {
        json.WriteStartObject(name);
        json.WriteNumber("multiply_adds", plan.MultiplyAdds);
        json.WriteNumber("peak_bytes", plan.PeakBytes);
        json.WriteNumber("threads", plan.Threads);
        json.WriteString("simd", plan.Simd.ToString());
        json.WriteStartArray("steps");
        foreach (PlanStep step in plan.Steps)
        {
            json.WriteStartObject();
            json.WriteString("name", step.Name);
            json.WriteString("operation", step.Operation);
            json.WriteNumber("height", step.Shape.Height);
            json.WriteNumber("width", step.Shape.Width);
            json.WriteNumber("channels", step.Shape.Channels);
            json.WriteNumber("multiply_adds", step.MultiplyAdds);
            json.WriteNumber("live_bytes", step.LiveBytes);
            json.WriteNumber("working_bytes", step.WorkingBytes);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static string Megabytes(long bytes) => (bytes / 1e6).ToString("#,0.0", CultureInfo.InvariantCulture);
}
