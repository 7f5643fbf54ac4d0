using System.CommandLine;
using System.Globalization;
using LatentSharp.Service.Json;
using LatentSharp.Service.Timing;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent bench spaces</c></summary>
internal sealed class BenchSpacesCommand : LatentCommand
{
    private readonly Option<PictureSize> size = PictureSize.Option(new PictureSize(256, 256));
    private readonly Option<long?> memory = SharedOptions.Memory();
    private readonly Option<int> repeat = SharedOptions.WholeNumber(new("--repeat")
    {
        Description = "How often each network is run; the median counts.", HelpName = "N", DefaultValueFactory = _ => 1,
    }, 100);

    internal BenchSpacesCommand()
        : base("spaces", "Measure what a picture costs in FLUX.1's latent space, in Stable Diffusion's and in pixels, by networks of full size. "
            + "No model is needed.", "latent bench spaces", "latent bench spaces --size 512x512 --json")
    {
        foreach (Symbol symbol in (Symbol[])[size, memory, repeat]) this.Add(symbol);
    }

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output output, CancellationToken cancellationToken)
    {
        PictureSize picture = arguments.GetValue(size);
        TimeSpacesResult r = TimeSpaces.Run(new TimeSpacesRequest
        {
            Size = new PixelSize(picture.Width, picture.Height), Repeat = arguments.GetValue(repeat),
            Compute = SharedOptions.Compute(arguments, memory),
        }, output.Progress("bench"), cancellationToken);
        output.Line(Text($"{picture.Width} x {picture.Height}, {r.Threads} threads, {r.Simd}; steps by the defaults of diffusers, ")
            + "text encoders counted but not timed");
        string[] heading = ["space", "model", "values", "parameters", "files", "step", "memory", "decode", "steps", "a picture"];
        ShownModels.Table(output, heading, r.Ways.Select(Row));
        output.Line();
        foreach (WayToPicture w in r.Ways.DistinctBy(w => w.Space))
            output.Line($"{w.Space}: takes {string.Join(", ", w.Files)}; exchanged by themselves: {string.Join(", ", w.Swapped)}");
        output.Object(r, ServiceJson.Readable.TimeSpacesResult);
    }

    private static string[] Row(WayToPicture w) =>
    [
        w.Space, w.Model, Text($"{w.Values:N0}"), Text($"{w.Parameters / 1e6:N0} M"), Text($"{w.FileBytes / 1e9:0.0} GB"), Cost(w.Step),
        Text($"{w.Step.PeakBytes / 1e6:N0} MB"), w.Decode is null ? "none" : Cost(w.Decode),
        w.Evaluations == 1 ? Text($"{w.Steps}") : Text($"{w.Steps} x {w.Evaluations}"),
        Text($"{w.MultiplyAdds / 1e12:N1} T, {w.Seconds:N0} s"),
    ];

    private static string Cost(TimedNetwork network) => Text($"{network.MultiplyAdds / 1e9:N0} G, {network.Seconds:0.00} s");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
