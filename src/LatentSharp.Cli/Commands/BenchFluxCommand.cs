using System.CommandLine;
using System.Globalization;
using LatentSharp.Service.Json;
using LatentSharp.Service.Timing;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent bench flux</c></summary>
internal sealed class BenchFluxCommand : LatentCommand
{
    private readonly Option<PictureSize> size = PictureSize.Option(new PictureSize(512, 512));
    private readonly Option<long?> memory = SharedOptions.Memory();
    private readonly Option<string> precision = SharedOptions.Precision();
    private readonly Option<string> model = new("--model")
    {
        Description = "A published FLUX.1 model, which need not be here: it decides the tokens of the text and the number of steps.",
        HelpName = "NAME", DefaultValueFactory = _ => "flux1-schnell",
    };
    private readonly Option<int> repeat = SharedOptions.WholeNumber(new("--repeat")
    {
        Description = "How often each block is run; the median counts.", HelpName = "N", DefaultValueFactory = _ => 3,
    }, 100);

    internal BenchFluxCommand()
        : base("flux", "Time the blocks of FLUX.1's transformer on this machine, and say what a step takes. No model is needed.",
            "latent bench flux", "latent bench flux --model flux1-dev --size 1024x1024 --repeat 1 --json", "latent bench flux --precision int8")
    {
        foreach (Symbol symbol in (Symbol[])[model, size, memory, repeat, precision]) this.Add(symbol);
    }

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output output, CancellationToken cancellationToken)
    {
        PictureSize picture = arguments.GetValue(size);
        TimeFluxResult r = TimeFlux.Run(new TimeFluxRequest
        {
            Model = arguments.GetValue(model)!, Size = new PixelSize(picture.Width, picture.Height), Repeat = arguments.GetValue(repeat),
            Compute = SharedOptions.Compute(arguments, memory, precision: precision),
        }, output.Progress("bench"), cancellationToken);
        output.Line(Text($"{r.Model}, {picture.Width} x {picture.Height}: {r.ImageTokens:N0} + {r.TextTokens} tokens, {r.Precision}, ")
            + Text($"{arguments.GetValue(repeat)} times after one to warm up"));
        output.Line(Text($"machine       {r.PeakOperationsPerSecond / 1e9,6:#,0} GFLOP/s of multiply-adds in registers   {r.Threads} threads, {r.Simd}"));
        foreach (TimedBlock b in r.Blocks)
            output.Line(Text($"{b.Name,-12}  {b.OperationsPerSecond / 1e9,6:#,0} GFLOP/s, {100 * b.ShareOfPeak:0} %   {b.MedianSeconds:0.000} s   ")
                + Text($"{b.Count} in a step"));
        output.Line(Text($"step          {r.SecondsPerStep:0.0} s; {r.Steps} steps {r.Seconds:#,0} s. ")
            + "Reading a file that does not lie in memory, text and decoding come on top.");
        output.Object(r, ServiceJson.Readable.TimeFluxResult);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
