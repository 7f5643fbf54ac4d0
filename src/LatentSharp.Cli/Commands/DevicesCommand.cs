using System.CommandLine;
using System.Globalization;
using LatentSharp.Service.Devices;
using LatentSharp.Service.Json;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent devices</c></summary>
internal sealed class DevicesCommand : LatentCommand
{
    private readonly Option<bool> speed = new("--speed")
    {
        Description = "Measure each of them for two seconds: products of matrices, and values that go through its memory.",
    };

    internal DevicesCommand() : base("devices", "List what can compute here: the processor and the graphics cards, with driver and memory.",
        "latent devices", "latent devices --speed", "latent devices --json")
        => this.Add(speed);

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output output, CancellationToken cancellationToken)
    {
        DevicesResult result = ListDevices.Run(arguments.GetValue(speed), cancellationToken);
        int name = result.Devices.Max(d => d.Name.Length) + 2;
        foreach (DeviceFacts device in result.Devices)
        {
            output.Line($"{device.Name.PadRight(name)}{device.Description}, {device.Kind.ToString().ToLowerInvariant()}");
            string indent = new(' ', name);
            if (device.Driver is not null) output.Line($"{indent}driver   {device.Driver}");
            if (device.MemoryBytes > 0)
                output.Line($"{indent}memory   {Gigabytes(device.MemoryBytes)}{(device.FreeBytes is { } free ? $", {Gigabytes(free)} free" : "")}");
            output.Line($"{indent}modes    {string.Join(", ", device.Modes)}");
            if (device.Speed is { } s)
                output.Line(string.Create(CultureInfo.InvariantCulture,
                    $"{indent}speed    {s.OperationsPerSecond / 1e9:0.0} GFLOP/s of products, {s.BytesPerSecond / 1e9:0.0} GB/s of values"));
            if (device.Lacks.Count > 0) output.Line($"{indent}lacks    {string.Join(", ", device.Lacks)}: it cannot be used");
            foreach (string note in device.Notes) output.Line($"{indent}note     {note}");
        }
        if (result.Missing is { } missing) output.Line($"no graphics card: {missing.What} {missing.Remedy?.Text}");
        output.Object(result, ServiceJson.Readable.DevicesResult);
    }

    private static string Gigabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.0} GB");
}
