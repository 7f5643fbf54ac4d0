using System.CommandLine;
using System.Globalization;
using LatentSharp.Service.Json;
using LatentSharp.Service.Timing;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent bench</c></summary>
internal sealed class BenchCommand : LatentCommand
{
    private readonly Option<PictureSize> size = PictureSize.Option(new PictureSize(512, 512));
    private readonly Option<string?> ae = ShownAutoencoder.Option();
    private readonly Option<long?> memory = SharedOptions.Memory();
    private readonly Option<bool> keepWeights = SharedOptions.KeepWeights();
    private readonly Option<int> repeat = SharedOptions.WholeNumber(new("--repeat")
    {
        Description = "How often each is run; the median counts.", HelpName = "N", DefaultValueFactory = _ => 3,
    }, 100);

    private readonly Option<bool> kernels = new("--kernels")
    {
        Description = "Also what the processor and its memory give, how much of it each kernel reaches, and a decode: a table to paste.",
    };

    internal BenchCommand()
        : base("bench", "Time encoding and decoding on this machine.",
            "latent bench", "latent bench --kernels", "latent bench --ae ae.safetensors --size 1024x1024 --threads 4")
    {
        foreach (Symbol symbol in (Symbol[])[size, ae, memory, keepWeights, repeat, kernels]) this.Add(symbol);
        Add(new BenchFluxCommand());
        Add(new BenchSpacesCommand());
    }

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output output, CancellationToken cancellationToken)
    {
        PictureSize picture = arguments.GetValue(size);
        var request = new TimeRequest
        {
            Size = new PixelSize(picture.Width, picture.Height), Autoencoder = arguments.GetValue(ae), Repeat = arguments.GetValue(repeat),
            Compute = SharedOptions.Compute(arguments, memory, keepWeights),
        };
        if (arguments.GetValue(kernels))
        {
            TimeKernelsResult machine = TimeKernels.Run(Library(arguments), request, output.Progress("bench"), cancellationToken);
            foreach (string line in KernelTable.Of(machine)) output.Line(line);
            output.Object(machine, ServiceJson.Readable.TimeKernelsResult);
            return;
        }
        TimeResult result = TimeAutoencoder.Run(Library(arguments), request, output.Progress("bench"), cancellationToken);
        ShownAutoencoder.Print($"{picture.Width} x {picture.Height}, {arguments.GetValue(repeat)} times after one to warm up, with", result.Autoencoder,
            output);
        foreach ((string name, TimedHalf? half) in ((string, TimedHalf?)[])[("encode", result.Encode), ("decode", result.Decode)])
            if (half is { } t)
                output.Line(string.Create(CultureInfo.InvariantCulture,
                    $"{name}  {t.MedianSeconds:0.000} s   {picture.Width * (double)picture.Height / 1e6 / t.MedianSeconds:0.00} Mpixel/s   "
                        + $"{2 * t.MultiplyAdds / 1e9 / t.MedianSeconds:#,0} GFLOP/s in direct-convolution terms   planned peak "
                            + $"{t.PeakBytes / 1e6:#,0} MB   {t.Threads} threads, {t.Simd}"));
        output.Object(result, ServiceJson.Readable.TimeResult);
    }
}
